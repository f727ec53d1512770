"""Names of encoders, and what is said when a model cannot be loaded."""

import json
import re
from pathlib import Path

import open_clip
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from embeddings.encoder import (
    PAPER_BLIND,
    PAPER_REFERENCE,
    EncoderSpec,
    EncoderUnavailable,
    InvalidSpec,
    load_encoder,
    without_local_folders,
)
from embeddings.encoders import ENCODERS
from tests.embeddings import tiny_encoders as tiny

specs = st.builds(
    EncoderSpec,
    st.sampled_from(sorted(ENCODERS)),
    st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=120),
)


@given(specs)
def test_a_name_survives_writing_and_reading(spec: EncoderSpec) -> None:
    assert EncoderSpec.parse(str(spec)) == spec


@given(specs, specs)
def test_folder_names_are_safe_stable_and_unique(first: EncoderSpec, second: EncoderSpec) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{8,99}", first.slug)
    assert (first.slug == second.slug) == (first == second)
    assert EncoderSpec.parse(str(first)).slug == first.slug


def test_folder_names_can_be_read() -> None:
    assert EncoderSpec.parse(PAPER_BLIND).slug.startswith("open_clip-ViT-L-14-quickgelu-openai-")
    assert EncoderSpec.parse(PAPER_REFERENCE).slug.startswith("hf-facebook-dinov2-large-")


@pytest.mark.parametrize("text", ["", "hf", "hf:", "clip:ViT-B-32", "ViT-L-14/openai", ":x"])
def test_what_names_no_encoder(text: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        load_encoder(text)
    assert caught.value.hint


def test_a_mistyped_scheme_is_guessed() -> None:
    with pytest.raises(InvalidSpec, match="did you mean open_clip:ViT-B-32/openai"):
        EncoderSpec.parse("openclip:ViT-B-32/openai")


def test_the_papers_clip_is_openais_with_its_own_activation() -> None:
    model, _, tag = EncoderSpec.parse(PAPER_BLIND).name.partition("/")
    assert open_clip.get_pretrained_cfg(model, tag)["quick_gelu"]
    config = open_clip.get_model_config(model)
    assert config["quick_gelu"]
    assert (config["vision_cfg"]["width"], config["vision_cfg"]["patch_size"]) == (1024, 14)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (PAPER_BLIND, ["cannot be reached", "open_clip:ViT-L-14-quickgelu/<checkpoint file>"]),
        (PAPER_REFERENCE, ["cannot be reached", "hf download facebook/dinov2-large", "hf:FOLDER"]),
        ("timm:test_resnet", ["cannot be reached", "timm:test_resnet/<file>"]),
        ("open_clip:hf-hub:some/one", ["cannot be reached", "open_clip:local-dir:<folder>"]),
        ("timm:hf-hub:some/one", ["cannot be reached", "timm:local-dir:<folder>"]),
        ("open_clip:ViT-L14/openai", ["no model 'ViT-L14'", "Near matches", "ViT-L-14"]),
        ("open_clip:ViT-L-14/opnai", ["neither a file nor a pretrained tag", "Its tags: openai"]),
        ("open_clip:ViT-L-14", ["neither a file nor a pretrained tag"]),
        ("open_clip:local-dir:/no/such/folder", ["open_clip_config.json"]),
        ("hf:/no/such/folder", ["no such folder"]),
        ("hf:./models/dino", ["no such folder"]),
        ("timm:test_resnett", ["no model 'test_resnett'", "Near matches", "test_resnet"]),
        ("timm:test_resnet//no/such.pt", ["no such checkpoint file", "/no/such.pt"]),
    ],
)
def test_a_model_out_of_reach_says_what_to_do(spec: str, words: list[str]) -> None:
    with pytest.raises(EncoderUnavailable) as caught:
        load_encoder(spec, device="cpu")
    for word in words:
        assert word in str(caught.value)


def test_a_folder_without_what_it_needs(tmp_path: Path) -> None:
    for spec, words in {
        f"hf:{tmp_path}": "needs config.json",
        f"open_clip:local-dir:{tmp_path}": "needs open_clip_config.json",
        f"timm:local-dir:{tmp_path}": "needs config.json",
    }.items():
        with pytest.raises(EncoderUnavailable, match=words):
            load_encoder(spec)


def test_weights_that_are_absent_are_never_random(tmp_path: Path) -> None:
    clip = tiny.open_clip_folder(tmp_path / "clip")
    dino = tiny.dinov2_folder(tmp_path / "dino")
    resnet = tiny.timm_checkpoint(tmp_path / "resnet")
    for path in (clip / "open_clip_model.safetensors", dino / "model.safetensors", resnet):
        weights = load_file(path)
        del weights[max(key for key in weights if "weight" in key and "fc" not in key)]
        save_file(weights, path, metadata={"format": "pt"})
    for spec in (
        f"open_clip:local-dir:{clip}",
        f"hf:{dino}",
        f"timm:{tiny.TIMM_MODEL}/{resnet}",
    ):
        with pytest.raises(EncoderUnavailable):
            load_encoder(spec)
    (clip / "open_clip_model.safetensors").unlink()
    with pytest.raises(EncoderUnavailable, match="and a checkpoint that fits"):
        load_encoder(f"open_clip:local-dir:{clip}")


def test_a_broken_weights_file(tmp_path: Path) -> None:
    dino = tiny.dinov2_folder(tmp_path / "dino")
    content = (dino / "model.safetensors").read_bytes()
    (dino / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderUnavailable, match="cannot be loaded: "):
        load_encoder(f"hf:{dino}")


def test_an_image_processor_that_gives_any_size_is_refused(tmp_path: Path) -> None:
    dino = tiny.dinov2_folder(tmp_path / "dino")
    path = dino / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"do_center_crop": False}))
    with pytest.raises(EncoderUnavailable, match="squares of one size"):
        load_encoder(f"hf:{dino}")


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="no such device"):
        load_encoder(f"hf:{tiny.dinov2_folder(tmp_path / 'dino')}", device="nonsense")


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("hf:/home/ann/models/dino", "hf:dino"),
        ("hf:/home/ann/models/dino/", "hf:dino"),
        ("open_clip:local-dir:/home/ann/clip", "open_clip:local-dir:clip"),
        ("open_clip:ViT-B-32//home/ann/my clip.pt", "open_clip:ViT-B-32/my clip.pt"),
        ("/home/ann/dino", "dino"),
        ("hf:facebook/dinov2-large", "hf:facebook/dinov2-large"),
        ("open_clip:ViT-L-14-336/openai", "open_clip:ViT-L-14-336/openai"),
        ("timm:vit_base_patch16_224.augreg_in21k", "timm:vit_base_patch16_224.augreg_in21k"),
    ],
)
def test_local_folders_are_not_shown_to_others(spec: str, shown: str) -> None:
    assert without_local_folders(spec) == shown
