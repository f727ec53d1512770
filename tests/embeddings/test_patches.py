"""Patch maps against a plain loop, crops against each library's own arithmetic, and two scenes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageDraw

from embeddings.demo import blind_spec, reference_spec
from embeddings.demo.scenes import KINDS, draw, sample_scene
from embeddings.encoder import Encoder, load_encoder, supports_patches
from embeddings.errors import EmbeddingsError
from embeddings.patches import compare_patches, crop_box, embed_patches, usual_mismatch
from tests.embeddings import tiny_encoders as tiny
from tests.embeddings.pictures import noise

Grid = NDArray[np.float32]
SIZES = [(640, 480), (300, 900), (40, 30), (1600, 100), (97, 97)]


def grid(seed: int, rows: int, columns: int, d: int = 6) -> Grid:
    vectors = np.random.default_rng(seed).normal(size=(rows, columns, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def worst_by_loop(patches: Grid, others: Grid) -> list[list[float]]:
    """1 - the best cosine, patch by patch."""
    return [
        [
            1
            - max(
                float(np.dot(patch.astype(float), other.astype(float)))
                for row in others
                for other in row
            )
            for patch in row
        ]
        for row in patches
    ]


@given(
    st.integers(0, 10_000),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_every_patch_has_its_best_match(
    seed: int, one: tuple[int, int], other: tuple[int, int]
) -> None:
    first, second = grid(seed, *one), grid(seed + 1, *other)
    found = compare_patches(first, second)
    for matches, patches, others in ((found[0], first, second), (found[1], second, first)):
        expected = np.clip(worst_by_loop(patches, others), 0, 2)
        assert matches.mismatch.shape == patches.shape[:2]
        assert np.allclose(matches.mismatch, expected, atol=1e-5)
        chosen = others.reshape(-1, others.shape[-1])[matches.match]
        assert np.allclose(1 - (patches * chosen).sum(axis=-1), expected, atol=1e-5)


def test_the_same_image_differs_nowhere_and_what_moved_is_found() -> None:
    first = grid(1, 6, 6)
    for matches in compare_patches(first, first):
        assert np.allclose(matches.mismatch, 0, atol=1e-6)
        assert np.array_equal(matches.match, np.arange(36).reshape(6, 6))
    moved, _ = compare_patches(first, np.roll(first, 1, axis=1))
    assert np.allclose(moved.mismatch, 0, atol=1e-6)
    assert moved.match[0, 0] == 1


def test_opposite_patches_reach_two_and_no_more() -> None:
    first = grid(2, 1, 1)
    matches, _ = compare_patches(first, -first)
    assert matches.mismatch[0, 0] == pytest.approx(2, abs=1e-6)
    assert matches.mismatch[0, 0] <= 2


def test_what_is_usual_is_the_median_over_all_pairs() -> None:
    images = [grid(seed, 3, 3) for seed in range(4)]
    found = []
    for i in range(4):
        for j in range(4):
            if i != j:
                found += [value for row in worst_by_loop(images[i], images[j]) for value in row]
    assert usual_mismatch(images) == pytest.approx(float(np.median(found)), abs=1e-5)
    with pytest.raises(EmbeddingsError, match="two images or more"):
        usual_mismatch(images[:1])


# Which part of an image each tiny model of the contract tests sees, from its configuration.
def short_side(side: int, crop: int, width: int, height: int) -> tuple[float, ...]:
    """Resize the shorter side to `side`, then cut a square of `crop` from the middle."""
    scale = side / min(width, height)
    kept = crop / scale
    left, top = (width - kept) / 2, (height - kept) / 2
    return left, top, left + kept, top + kept


def whole(width: int, height: int) -> tuple[float, ...]:
    return 0, 0, width, height


CROPS = {
    "open_clip": ("open_clip:local-dir:", tiny.open_clip_folder, lambda *s: short_side(32, 32, *s)),
    "clip": ("hf:", tiny.clip_folder, lambda *s: short_side(32, 32, *s)),
    "siglip": ("hf:", tiny.siglip_folder, whole),
    "dinov2": ("hf:", tiny.dinov2_folder, lambda *s: short_side(40, 35, *s)),
    "dinov3": ("hf:", tiny.dinov3_folder, whole),
    "ijepa": ("hf:", tiny.ijepa_folder, whole),
    "timm file": (
        f"timm:{tiny.TIMM_MODEL}/",
        tiny.timm_checkpoint,
        lambda *s: short_side(168, 160, *s),
    ),
    "timm folder": ("timm:local-dir:", tiny.timm_folder, lambda *s: short_side(36, 32, *s)),
}


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Encoder]:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("models")
    return {
        name: load_encoder(f"{scheme}{build(root / name)}", device="cpu")
        for name, (scheme, build, _) in CROPS.items()
    }


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", sorted(CROPS))
def test_the_crop_is_what_the_family_keeps(
    name: str, size: tuple[int, int], encoders: dict[str, Encoder]
) -> None:
    encoder = encoders[name]
    box = crop_box(encoder, *size).of(*size)
    # Libraries cut at whole pixels of the resized image: half of one, and a tenth for the fit.
    side = {"dinov2": 40, "timm file": 168, "timm folder": 36}.get(name, 32)
    pixel = np.array(size) / side if CROPS[name][2] is whole else np.full(2, min(size) / side)
    assert np.all(np.abs(np.subtract(box, CROPS[name][2](*size))) <= np.tile(pixel, 2) * 0.6)


@pytest.mark.parametrize("name", sorted(CROPS))
def test_a_dot_lands_where_the_crop_says(name: str, encoders: dict[str, Encoder]) -> None:
    encoder, size = encoders[name], (640, 480)
    box = crop_box(encoder, *size).of(*size)
    place = (box[0] + 0.3 * (box[2] - box[0]), box[1] + 0.7 * (box[3] - box[1]))
    picture = Image.new("RGB", size)
    around = [place[0] - 24, place[1] - 24, place[0] + 24, place[1] + 24]
    ImageDraw.Draw(picture).ellipse(around, fill=(255, 255, 255))
    pixels = encoder.preprocess(picture).numpy()[0]
    light = pixels - pixels.min()
    rows, columns = np.indices(light.shape)
    side = encoder.image_size
    assert (light * (columns + 0.5)).sum() / light.sum() / side == pytest.approx(0.3, abs=0.01)
    assert (light * (rows + 0.5)).sum() / light.sum() / side == pytest.approx(0.7, abs=0.01)


class _Preprocessing:
    """An encoder as far as the crop is concerned: some preprocessing, nothing else."""

    spec, image_size = "test:preprocessing", 32

    def __init__(self, transform) -> None:
        self.preprocess = transform


@pytest.mark.parametrize("mode", ["squash", "shortest", "longest"])
def test_every_resize_mode_of_open_clip(mode: str) -> None:
    transform = image_transform_v2(
        PreprocessCfg(size=32, resize_mode=mode, interpolation="bicubic"), is_train=False
    )
    box = crop_box(_Preprocessing(transform), 640, 320).of(640, 320)
    expected = {
        "squash": (0, 0, 640, 320),
        "shortest": (160, 0, 480, 320),
        "longest": (0, -160, 640, 480),  # padded above and below
    }
    assert np.allclose(box, expected[mode], atol=12)


def test_a_preprocessing_that_mirrors_or_bends_is_refused(encoders: dict[str, Encoder]) -> None:
    plain = encoders["clip"].preprocess

    def mirrored(image: Image.Image) -> torch.Tensor:
        return plain(image).flip(-1)

    def bent(image: Image.Image) -> torch.Tensor:
        pixels = plain(image)
        return pixels[..., torch.linspace(0, 1, 32).square().mul(31).round().long()]

    for transform in (mirrored, bent):
        with pytest.raises(EmbeddingsError, match="which part of an image"):
            crop_box(_Preprocessing(transform), 200, 200)


def test_a_model_without_patches_says_so(encoders: dict[str, Encoder]) -> None:
    encoder = encoders["dinov2"]

    class Odd:
        spec, preprocess = "test:odd", staticmethod(encoder.preprocess)

        def embed_patches(self, batch: torch.Tensor) -> Grid:
            raise NotImplementedError("no forward_intermediates")

    with pytest.raises(EmbeddingsError, match=r"test:odd: .* no patch features: no forward_inter"):
        embed_patches(Odd(), noise(1))


@pytest.fixture(scope="module")
def demo() -> list[Encoder]:
    return [load_encoder(spec, device="cpu") for spec in (blind_spec(), reference_spec())]


def relative(encoder: Encoder, first: Image.Image, second: Image.Image) -> Grid:
    """The first image's mismatches in units of what is usual between unrelated scenes."""
    assert supports_patches(encoder)
    unrelated = [embed_patches(encoder, draw(sample_scene(5, k), 224)) for k in range(6)]
    patches = [embed_patches(encoder, image) for image in (first, second)]
    return compare_patches(*patches)[0].mismatch / usual_mismatch(unrelated)


def test_where_one_detail_changed_the_reference_is_hotter(demo: list[Encoder]) -> None:
    """A house whose windows are lit or not: one thing, in one place."""
    scene = sample_scene(77, 1)
    assert scene.kind == "house"
    (states,) = [factor.values for factor in KINDS["house"].factors if factor.name == "state"]
    other = next(value for value in states if value != scene.factors["state"])
    first = draw(scene, 448)
    second = draw(replace(scene, factors={**scene.factors, "state": other}), 448)
    differs = np.abs(np.asarray(first, int) - np.asarray(second, int)).max(axis=2) > 24
    changed = differs.reshape(8, 56, 8, 56).mean(axis=(1, 3)) > 0.1
    assert 1 <= changed.sum() <= 12
    blind, reference = (relative(encoder, first, second) for encoder in demo)
    assert reference[changed].mean() > 10 * reference[~changed].mean()
    assert reference[changed].mean() > 1.5 * blind[changed].mean()


def test_the_demo_encoders_see_the_whole_square(demo: list[Encoder]) -> None:
    for encoder in demo:
        assert np.allclose(crop_box(encoder, 448, 448).of(448, 448), (0, 0, 448, 448), atol=1)
        assert embed_patches(encoder, noise(3)).shape[:2] == (8, 8)
        assert Path(encoder.name.rpartition(":")[2]).is_dir()
