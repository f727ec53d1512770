"""Times `embed` on a GPU beside the model alone and the decoders alone, with random weights.

Run it from the project's root: python -m benchmarks.embedding_gpu [--images 3000] [--small].
The model is DINOv2 ViT-L/14 at 224 pixels as transformers builds it; the pictures are drawn, JPEG,
1024 pixels wide. It needs torch, torchvision, transformers, pillow, imagehash and what names its
version in a store's manifest (open_clip_torch, timm).
"""

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from transformers import BitImageProcessorPil, Dinov2Config, Dinov2Model

from embeddings.decoding import decode_batches
from embeddings.embed import embed
from embeddings.encoders.huggingface import HuggingFaceEncoder
from embeddings.images import DEFAULT_MAX_PIXELS

_SIZE: Final = (1024, 768)
_LARGE: Final[dict[str, Any]] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 518,
    "patch_size": 14,
}
_SMALL: Final = _LARGE | {
    "hidden_size": 192,
    "num_hidden_layers": 6,
    "num_attention_heads": 3,
}


def draw(path: Path, seed: int) -> None:
    """A picture with soft areas and some grain, as a photograph compresses."""
    rng = np.random.default_rng(seed)
    areas = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    grain = rng.integers(-12, 13, (_SIZE[1], _SIZE[0], 1))
    smooth = np.asarray(areas.resize(_SIZE, Image.Resampling.BICUBIC), dtype=np.int16)
    picture = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
    picture.save(path, quality=90)


def seconds(device: str, work: Callable[[], object], repeats: int = 5) -> float:
    """Median, the device's queue empty before and after."""
    times = []
    for _ in range(repeats + 1):
        if device == "cuda":
            torch.cuda.synchronize()
        begun = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def model_alone(model: Dinov2Model, device: str, batch: int) -> None:
    """Images a second of the bare model in each precision."""
    pixels = torch.randn(batch, 3, 224, 224, device=device)
    precisions = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
    for name, dtype in precisions.items() if device == "cuda" else [("float32", None)]:
        for channels_last in (False, True):
            layout = torch.channels_last if channels_last else torch.contiguous_format
            given = pixels.to(memory_format=layout)

            def forward(
                given: torch.Tensor = given, dtype: torch.dtype | None = dtype
            ) -> torch.Tensor:
                with (
                    torch.inference_mode(),
                    torch.autocast(device, dtype=dtype, enabled=dtype is not None),
                ):
                    hidden: torch.Tensor = model(pixel_values=given).last_hidden_state
                    return hidden

            took = seconds(device, forward)
            words = ", channels last" if channels_last else ""
            print(f"  model alone, {name}{words}: {batch / took:,.0f} images/s", flush=True)


def agreement(encoder: HuggingFaceEncoder, model: Dinov2Model, paths: list[Path]) -> None:
    """The least cosine between the encoder's vectors and the model's in float32."""
    pixels = torch.stack([encoder.preprocess(Image.open(path)) for path in paths])
    ours = torch.from_numpy(encoder.embed_images(pixels))
    with torch.inference_mode():
        exact = model(pixel_values=pixels.to(encoder.device)).last_hidden_state[:, 0].float().cpu()
    cosines = torch.nn.functional.cosine_similarity(ours, exact)
    print(f"  cosine to float32: at least {cosines.min():.6f}, over {len(paths)} images")


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="a model that a CPU can run")
    given = parser.parse_args()
    name = torch.cuda.get_device_name() if given.device == "cuda" else "CPU"
    print(f"{name}, {os.cpu_count()} cores, torch {torch.__version__}, {given.images:,} images")
    torch.manual_seed(0)
    model = Dinov2Model(Dinov2Config(**(_SMALL if given.small else _LARGE)))
    processor = BitImageProcessorPil(
        size={"shortest_edge": 256}, crop_size={"height": 224, "width": 224}, resample=3
    )
    encoder = HuggingFaceEncoder("random", model, processor, given.device)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = [folder / f"{number}.jpg" for number in range(given.images)]
        with ProcessPoolExecutor() as pool:
            list(pool.map(draw, paths, range(len(paths)), chunksize=16))
        images = [(hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in paths]
        model_alone(model, given.device, 16 if given.small else 256)
        agreement(encoder, model, paths[:64])
        batches = [images[at : at + 64] for at in range(0, len(images), 64)]
        begun = time.perf_counter()
        for _ in decode_batches(encoder, batches, max_pixels=DEFAULT_MAX_PIXELS):
            pass
        print(f"  decoders alone: {len(images) / (time.perf_counter() - begun):,.0f} images/s")
        for repeat in range(2):
            report = embed(folder / f"store-{repeat}", encoder, images)
            print(f"  embed(): {report}", flush=True)
    if given.device == "cuda":
        print(f"  at most {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB of its memory")


if __name__ == "__main__":
    main()
