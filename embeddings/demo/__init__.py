"""The demo that runs offline: drawn scenes, and two tiny models trained on such scenes."""

from typing import Final

from assets import asset
from embeddings.demo.dataset import write_scenes

__all__ = ["PAIRS_PER_SCENE", "blind_spec", "reference_spec", "write_scenes"]

# The demo's widest gaps are many scenes of a few kinds against each other: one pair a scene shows
# more of the others early.
PAIRS_PER_SCENE: Final = 1


def blind_spec() -> str:
    """Encoder spec of the shipped tiny CLIP.

    Raises:
        FileNotFoundError: if this installation does not ship it.
    """
    return f"open_clip:local-dir:{asset('demo/clip')}"


def reference_spec() -> str:
    """Encoder spec of the shipped tiny self-supervised ViT.

    Raises:
        FileNotFoundError: if this installation does not ship it.
    """
    return f"hf:{asset('demo/dino')}"
