"""The encoder families: scheme of a spec to the function `load(name, device) -> Encoder`."""

from typing import Final

# Import strings, so that naming an encoder does not import its library.
ENCODERS: Final[dict[str, str]] = {
    "open_clip": "embeddings.encoders.open_clip:load",
    "hf": "embeddings.encoders.huggingface:load",
    "timm": "embeddings.encoders.timm:load",
}
