"""The trial before embedding: smaller decodes and half precision, only where they are as good."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from embeddings.embed import Decoding, embed
from embeddings.encoder import Encoder, EncoderUnavailable, is_tunable, load_encoder
from embeddings.images import indexed_image
from embeddings.store import EmbeddingStore, StoreMismatch
from embeddings.trial import LEAST_COSINE, settle_precision, smallest_cosine, try_drafts
from tests.embeddings import tiny_encoders as tiny

MAX_PIXELS = 10**8


@dataclass
class Looking:
    """An encoder whose vector is the picture itself at 32 pixels, or how sharp it is."""

    fine: bool
    spec: str = "test:looking"
    name: str = "looking"
    dimension: int = 3 * 32 * 32
    image_size: int = 32
    weights_digest: str = "x"
    preprocess_description: str = "32 pixels"
    device: str = "cpu"

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        small = image.resize((32, 32), Image.Resampling.BOX)
        detail = np.asarray(image, np.float32)
        differences = np.abs(np.diff(detail, axis=1)).mean() if self.fine else 0.0
        pixels = np.asarray(small, np.float32).transpose(2, 0, 1) / 255
        return torch.from_numpy(pixels if not self.fine else pixels * 0 + differences)

    def embed_images(self, batch: torch.Tensor) -> NDArray[np.float32]:
        flat = batch.flatten(1).numpy()
        if self.fine:
            turn = flat[:, :1] / 5
            flat = np.concatenate([np.cos(turn), np.sin(turn), flat[:, 2:] * 0], axis=1)
        vectors: NDArray[np.float32] = flat / np.linalg.norm(flat, axis=1, keepdims=True)
        return vectors


def pictures(
    folder: Path, n: int = 6, *, side: int = 400, suffix: str = "jpg"
) -> list[tuple[str, Path]]:
    """Soft blots of colour, each file of another size."""
    folder.mkdir(exist_ok=True)
    found = []
    for number in range(n):
        blots = np.random.default_rng(number).integers(0, 255, (4, 4, 3), np.uint8)
        path = folder / f"{number}.{suffix}"
        image = Image.fromarray(blots).resize((side + number, side), Image.Resampling.BICUBIC)
        image.save(path, quality=95)
        found.append((hashlib.sha256(path.read_bytes()).hexdigest(), path))
    return found


def test_a_jpeg_is_decoded_no_smaller_than_asked(tmp_path: Path) -> None:
    (key, path), *_ = pictures(tmp_path, 1)
    sizes = [indexed_image(path, key, draft_side=side).size for side in (401, 400, 200, 101, 50, 1)]
    assert sizes == [(400, 400), (400, 400), (200, 200), (200, 200), (50, 50), (50, 50)]
    assert indexed_image(path, key).size == (400, 400)


def test_what_is_no_jpeg_is_decoded_in_full(tmp_path: Path) -> None:
    (key, path), *_ = pictures(tmp_path, 1, suffix="png")
    assert indexed_image(path, key, draft_side=10).size == (400, 400)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_grey_printed_and_turned_jpegs_too(tmp_path: Path, mode: str, progressive: bool) -> None:
    path = tmp_path / "x.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.linear_gradient("L").resize((640, 320)).convert(mode)
    image.save(path, exif=exif, progressive=progressive, quality=95)
    key = hashlib.sha256(path.read_bytes()).hexdigest()
    full = indexed_image(path, key)
    small = indexed_image(path, key, draft_side=80)
    assert (full.size, small.size, small.mode) == ((320, 640), (80, 160), "RGB")
    shrunk = np.asarray(full.resize(small.size, Image.Resampling.BOX), np.int16)
    assert np.abs(shrunk - np.asarray(small, np.int16)).mean() < 2


def test_the_smallest_size_that_is_as_good(tmp_path: Path) -> None:
    trial = try_drafts(Looking(fine=False), pictures(tmp_path), max_pixels=MAX_PIXELS)
    assert trial.draft_side == 40
    assert trial.n_images == 6
    assert trial.cosine is not None
    assert LEAST_COSINE <= trial.cosine <= 1.000001


def test_in_full_where_it_matters(tmp_path: Path) -> None:
    trial = try_drafts(Looking(fine=True), pictures(tmp_path), max_pixels=MAX_PIXELS)
    assert trial.draft_side is None
    assert trial.cosine is not None
    assert trial.cosine < LEAST_COSINE


@pytest.mark.parametrize("given", [{"side": 41}, {"suffix": "png"}, {"n": 0}])
def test_nothing_to_gain(tmp_path: Path, given: dict[str, object]) -> None:
    images = pictures(tmp_path, **given)  # type: ignore[arg-type]
    trial = try_drafts(Looking(fine=False), images, max_pixels=MAX_PIXELS)
    assert (trial.draft_side, trial.cosine, trial.n_images) == (None, None, 0)


def test_a_broken_picture_does_not_stop_the_trial(tmp_path: Path) -> None:
    images = pictures(tmp_path)
    images[2][1].write_bytes(b"\xff\xd8\xff no")
    trial = try_drafts(Looking(fine=False), images, max_pixels=MAX_PIXELS)
    assert trial.n_images == 5


def test_a_store_goes_on_as_it_began(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    store, whole = tmp_path / "store", tmp_path / "whole"
    encoder = Looking(fine=False)
    first = embed(store, encoder, images[:3], decoding=Decoding.draft)
    assert (first.drafts.draft_side, first.precision.precision) == (40, "float32")
    again = embed(store, encoder, images)
    assert (again.n_embedded, again.drafts.draft_side, again.drafts.cosine) == (3, 40, None)
    assert EmbeddingStore.open(store).manifest.draft_side == 40
    with pytest.raises(StoreMismatch, match="decoded smaller"):
        embed(store, encoder, images, decoding=Decoding.full)
    embed(whole, encoder, images[:3])
    assert "draft_side" not in (whole / "manifest.json").read_text()
    later = embed(whole, encoder, images, decoding=Decoding.draft)
    assert later.drafts.draft_side is None, "a store in full stays in full"
    drafted, full = (EmbeddingStore.open(one).load(sorted(dict(images))) for one in (store, whole))
    assert smallest_cosine(drafted, full) >= LEAST_COSINE
    assert not np.array_equal(drafted, full)


@pytest.fixture(params=[tiny.clip_folder, tiny.dinov2_folder], ids=["clip", "dinov2"])
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> Encoder:
    make: Callable[[Path], Path] = request.param
    return load_encoder(f"hf:{make(tmp_path / 'model')}", device="cpu")


def test_half_precision_where_it_is_as_good(encoder: Encoder, tmp_path: Path) -> None:
    images = pictures(tmp_path / "images", side=64)
    assert is_tunable(encoder)
    assert settle_precision(encoder, images, max_pixels=MAX_PIXELS).cosine is None, "a CPU's own"
    encoder.use_precision("bfloat16")
    trial = settle_precision(encoder, images, max_pixels=MAX_PIXELS)
    assert (trial.precision, encoder.precision, trial.n_images) == ("bfloat16", "bfloat16", 6)
    assert trial.cosine is not None
    assert LEAST_COSINE <= trial.cosine < 1


def test_float32_where_half_precision_runs_over(tmp_path: Path) -> None:
    folder = tiny.dinov2_folder(tmp_path / "model")
    encoder = load_encoder(f"hf:{folder}", device="cpu")
    assert is_tunable(encoder)
    with torch.no_grad():
        for weights in encoder._model.embeddings.patch_embeddings.parameters():  # type: ignore[attr-defined]
            weights.mul_(1e5)
    encoder.use_precision("float16")
    report = embed(tmp_path / "store", encoder, pictures(tmp_path / "images", side=64))
    assert report.precision.precision == encoder.precision == "float32"
    assert report.precision.cosine == -1
    assert report.n_embedded == 6


def test_compiled_it_says_the_same(encoder: Encoder) -> None:
    assert is_tunable(encoder)
    batch = torch.stack([encoder.preprocess(Image.linear_gradient("L").convert("RGB"))] * 3)
    plain = encoder.embed_images(batch)
    encoder.compile()
    assert smallest_cosine(plain, encoder.embed_images(batch)) > 0.99999


def test_what_cannot_be_compiled_is_said(encoder: Encoder) -> None:
    assert is_tunable(encoder)
    torch._dynamo.reset()
    without = {"cpp.cxx": ("/no/compiler",), "force_disable_caches": True}
    with (
        torch._inductor.config.patch(without),
        pytest.raises(EncoderUnavailable, match="cannot be compiled") as refused,
    ):
        encoder.compile()
    assert "compiler" in str(refused.value)
