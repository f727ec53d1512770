"""One contract for every encoder family, and that each gives what its own library gives."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModel, CLIPModel

from embeddings.encoder import Encoder, load_encoder, supports_patches, supports_text
from embeddings.encoders import ENCODERS
from tests.embeddings import tiny_encoders as tiny
from tests.embeddings.pictures import noise, quarters

# (scheme, what is saved, what stands between the scheme and the path); all families of ENCODERS.
MODELS: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "open_clip": ("open_clip", tiny.open_clip_folder, "local-dir:"),
    "clip": ("hf", tiny.clip_folder, ""),
    "siglip": ("hf", tiny.siglip_folder, ""),
    "dinov2": ("hf", tiny.dinov2_folder, ""),
    "dinov3": ("hf", tiny.dinov3_folder, ""),
    "ijepa": ("hf", tiny.ijepa_folder, ""),
    "timm file": ("timm", tiny.timm_checkpoint, f"{tiny.TIMM_MODEL}/"),
    "timm folder": ("timm", tiny.timm_folder, "local-dir:"),
}
WITH_TEXT = {"open_clip", "clip", "siglip"}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {name: build(root / name) for name, (_, build, _) in MODELS.items()}


@pytest.fixture(scope="session")
def encoders(saved: dict[str, Path]) -> dict[str, Encoder]:
    return {
        name: load_encoder(f"{scheme}:{infix}{saved[name]}", device="cpu")
        for name, (scheme, _, infix) in MODELS.items()
    }


@pytest.fixture(params=sorted(MODELS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def encoder(name: str, encoders: dict[str, Encoder]) -> Encoder:
    return encoders[name]


def batch(encoder: Encoder, *images: Image.Image) -> torch.Tensor:
    return torch.stack([encoder.preprocess(image) for image in images])


def unit(features: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(features, dim=-1).numpy()


def test_every_family_is_tried() -> None:
    assert {scheme for scheme, _, _ in MODELS.values()} == set(ENCODERS)


def test_contract_vectors(encoder: Encoder) -> None:
    pictures = [noise(1), noise(2, 30, 70), quarters(), noise(3, 5, 5).resize((1, 1))]
    pixels = batch(encoder, *pictures)
    assert pixels.shape == (4, 3, encoder.image_size, encoder.image_size)
    assert pixels.dtype == torch.float32
    vectors = encoder.embed_images(pixels)
    assert vectors.shape == (4, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(vectors, encoder.embed_images(pixels))
    alone = [encoder.embed_images(pixels[i : i + 1])[0] for i in range(4)]
    assert np.allclose(vectors, alone, atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4


def test_contract_names(name: str, encoder: Encoder, saved: dict[str, Path]) -> None:
    scheme, _, infix = MODELS[name]
    assert encoder.spec == f"{scheme}:{infix}{saved[name]}"
    assert encoder.name == f"{infix}{saved[name]}"
    assert encoder.device == "cpu"
    assert len(encoder.preprocess_description) > 20
    assert str(saved[name]) not in encoder.preprocess_description


def test_contract_patches(encoder: Encoder) -> None:
    assert supports_patches(encoder)
    grid = encoder.embed_patches(batch(encoder, noise(1), noise(2)))
    assert grid.ndim == 4
    assert grid.shape[0] == 2
    assert grid.shape[1] == grid.shape[2] > 1
    assert np.allclose(np.linalg.norm(grid, axis=-1), 1, atol=1e-6)


def test_contract_texts(name: str, encoder: Encoder) -> None:
    assert supports_text(encoder) == (name in WITH_TEXT)
    if supports_text(encoder):
        texts = ["a b", "c", "a b c " * 60]
        vectors = encoder.embed_texts(texts)
        assert vectors.shape == (3, encoder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
        assert np.allclose(vectors[1], encoder.embed_texts(["c"])[0], atol=1e-5)
        assert np.abs(vectors[0] - vectors[1]).max() > 1e-4
        assert encoder.embed_texts([]).shape == (0, encoder.dimension)


def test_contract_preprocess_in_threads(encoder: Encoder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    pictures = [noise(seed, 60, 40) for seed in range(12)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(encoder.preprocess, pictures))
    assert torch.equal(torch.stack(together), batch(encoder, *pictures))


def weights_file(path: Path) -> Path:
    return path if path.is_file() else next(path.glob("*.safetensors"))


def changed_copy(saved: Path, target: Path, change: Callable[[dict], None]) -> Path:
    """A copy of a saved model with other weights; the path to name in a spec."""
    copy = target / saved.name
    if saved.is_file():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(saved, copy)
    else:
        shutil.copytree(saved, copy)
    weights = load_file(weights_file(copy))
    change(weights)
    save_file(weights, weights_file(copy), metadata={"format": "pt"})
    return copy


def test_the_digest_is_of_the_weights(
    name: str, encoder: Encoder, saved: dict[str, Path], tmp_path: Path
) -> None:
    def one_bit(weights: dict[str, torch.Tensor]) -> None:
        key = min(key for key in weights if weights[key].is_floating_point())
        weights[key].view(-1)[0] += 1e-3

    scheme, _, infix = MODELS[name]
    same = changed_copy(saved[name], tmp_path / "same", dict.copy)
    other = changed_copy(saved[name], tmp_path / "other", one_bit)
    assert load_encoder(f"{scheme}:{infix}{same}").weights_digest == encoder.weights_digest
    assert load_encoder(f"{scheme}:{infix}{other}").weights_digest != encoder.weights_digest
    assert len(encoder.weights_digest) == 64


def test_open_clip_gives_what_open_clip_gives(
    encoders: dict[str, Encoder], saved: dict[str, Path]
) -> None:
    encoder = encoders["open_clip"]
    model, transform = open_clip.create_model_from_pretrained(f"local-dir:{saved['open_clip']}")
    pictures = [noise(1, 90, 40), quarters()]
    pixels = torch.stack([transform(picture) for picture in pictures])
    assert torch.equal(pixels, batch(encoder, *pictures))
    with torch.inference_mode():
        expected = unit(model.eval().encode_image(pixels))
    assert np.allclose(encoder.embed_images(pixels), expected, atol=1e-6)


def test_clip_gives_what_transformers_gives(
    encoders: dict[str, Encoder], saved: dict[str, Path]
) -> None:
    encoder = encoders["clip"]
    model = CLIPModel.from_pretrained(saved["clip"])
    pixels = batch(encoder, noise(1), noise(2))
    ids = torch.tensor([[0, 5, 6, 1]])
    with torch.inference_mode():
        output = model(input_ids=ids, pixel_values=pixels)
    assert np.allclose(encoder.embed_images(pixels), output.image_embeds.numpy(), atol=1e-6)
    assert supports_text(encoder)
    assert np.allclose(encoder.embed_texts(["a b"]), output.text_embeds.numpy(), atol=1e-5)


def test_dinov2_is_the_class_token_of_a_hand_made_input(
    encoders: dict[str, Encoder], saved: dict[str, Path]
) -> None:
    encoder = encoders["dinov2"]
    picture = noise(1, 90, 60)
    small = picture.resize((60, 40), Image.Resampling.BICUBIC)
    # Centre crop as transformers counts it: the odd pixel goes to the left and to the top.
    crop = small.crop((12, 2, 47, 37))
    mean, std = (np.array(values) for values in _mean_and_std(saved["dinov2"]))
    expected = ((np.asarray(crop) / 255 - mean) / std).transpose(2, 0, 1)
    pixels = batch(encoder, picture)
    assert np.allclose(pixels[0].numpy(), expected, atol=1e-5)
    with torch.inference_mode():
        output = AutoModel.from_pretrained(saved["dinov2"])(pixel_values=pixels)
    assert np.allclose(
        encoder.embed_images(pixels), unit(output.last_hidden_state[:, 0]), atol=1e-6
    )


def _mean_and_std(folder: Path) -> tuple[list[float], list[float]]:
    config = json.loads((folder / "preprocessor_config.json").read_text())
    return config["image_mean"], config["image_std"]


def test_dinov3_patches_leave_out_class_and_registers(
    encoders: dict[str, Encoder], saved: dict[str, Path]
) -> None:
    encoder = encoders["dinov3"]
    pixels = batch(encoder, noise(1), noise(2))
    with torch.inference_mode():
        tokens = AutoModel.from_pretrained(saved["dinov3"])(pixel_values=pixels).last_hidden_state
    assert tokens.shape[1] == 1 + 4 + 16
    assert supports_patches(encoder)
    expected = unit(tokens[:, 5:]).reshape(2, 4, 4, 32)
    assert np.allclose(encoder.embed_patches(pixels), expected, atol=1e-6)
    assert np.allclose(encoder.embed_images(pixels), unit(tokens[:, 0]), atol=1e-6)


def test_without_a_class_token_the_patches_are_averaged(
    encoders: dict[str, Encoder], saved: dict[str, Path]
) -> None:
    encoder = encoders["ijepa"]
    pixels = batch(encoder, noise(1), noise(2))
    with torch.inference_mode():
        tokens = AutoModel.from_pretrained(saved["ijepa"])(pixel_values=pixels).last_hidden_state
    assert np.allclose(encoder.embed_images(pixels), unit(tokens.mean(1)), atol=1e-6)


def test_timm_gives_what_timm_gives(encoders: dict[str, Encoder], saved: dict[str, Path]) -> None:
    encoder = encoders["timm file"]
    model = timm.create_model(tiny.TIMM_MODEL, pretrained=False)
    model.load_state_dict(load_file(saved["timm file"]))
    transform = timm.data.create_transform(
        **timm.data.resolve_model_data_config(model), is_training=False
    )
    picture = noise(1, 200, 180)
    assert torch.equal(transform(picture), encoder.preprocess(picture))
    pixels = batch(encoder, picture, quarters())
    with torch.inference_mode():
        expected = unit(model.eval().forward_head(model.forward_features(pixels), pre_logits=True))
    assert np.allclose(encoder.embed_images(pixels), expected, atol=1e-6)


def test_an_open_clip_checkpoint_file_of_a_named_model(
    saved: dict[str, Path], tmp_path: Path
) -> None:
    config = tmp_path / "tiny-of-the-tests.json"
    model_config = json.loads((saved["open_clip"] / "open_clip_config.json").read_text())[
        "model_cfg"
    ]
    config.write_text(json.dumps(model_config))
    open_clip.add_model_config(config)
    checkpoint = weights_file(saved["open_clip"])
    encoder = load_encoder(f"open_clip:tiny-of-the-tests/{checkpoint}")
    assert encoder.dimension == model_config["embed_dim"]
    vectors = encoder.embed_images(batch(encoder, noise(1)))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
