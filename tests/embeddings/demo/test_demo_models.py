"""The demo's models: the shipped weights load and show the effect, and training works."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from assets import asset
from embeddings.demo import blind_spec, reference_spec
from embeddings.demo.blind import BlindTraining, caption_batches
from embeddings.demo.measure import differing, embed_blind, embed_reference
from embeddings.demo.reference import ReferenceTraining, families, spread_loss
from embeddings.demo.scenes import KINDS, captions, draw, sample_scene
from embeddings.demo.tokens import new_tokenizer
from embeddings.demo.train import train
from embeddings.demo.training_pictures import INPUT, jittered, training_pictures, whole

FRESH_SEED = 77


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo-models")


@pytest.fixture(scope="module")
def twins(folder: Path) -> list[Path]:
    """Fresh scenes, each followed by the same scene with one detail changed."""
    paths = []
    for index in range(24):
        scene = sample_scene(FRESH_SEED, index)
        about = KINDS[scene.kind]
        factor = next(f for f in about.factors if f.name in scene.factors and len(f.values) > 1)
        other = next(value for value in factor.values if value != scene.factors[factor.name])
        twin = replace(scene, factors={**scene.factors, factor.name: other})
        for name, each in (("a", scene), ("b", twin)):
            path = folder / f"{index:02d}{name}.png"
            draw(each, 448).save(path)
            paths.append(path)
    return paths


def test_specs_name_shipped_folders() -> None:
    assert blind_spec() == f"open_clip:local-dir:{asset('demo/clip')}"
    assert reference_spec() == f"hf:{asset('demo/dino')}"


def test_the_shipped_models_are_small() -> None:
    sizes = [path.stat().st_size for path in asset("demo").rglob("*") if path.is_file()]
    assert max(sizes) < 6_000_000
    assert sum(sizes) < 12_000_000


def test_both_models_give_finite_unit_vectors(twins: list[Path]) -> None:
    for vectors in (
        embed_blind(asset("demo/clip"), twins),
        embed_reference(asset("demo/dino"), twins),
    ):
        assert vectors.shape[0] == len(twins)
        assert np.isfinite(vectors).all()
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_blind_model_overlooks_more_than_the_reference(twins: list[Path]) -> None:
    """The paper's effect in miniature: one detail moves the reference further than CLIP."""
    moved = []
    for vectors in (
        embed_blind(asset("demo/clip"), twins),
        embed_reference(asset("demo/dino"), twins),
    ):
        moved.append(np.sum(vectors[0::2] * vectors[1::2], axis=1))
    of_blind, of_reference = moved
    assert np.median(of_blind) > 0.95
    assert (of_blind > of_reference).mean() > 0.8


def test_the_blind_model_knows_what_captions_name(twins: list[Path]) -> None:
    name = f"local-dir:{asset('demo/clip')}"
    model, _ = open_clip.create_model_from_pretrained(name)
    tokenizer = open_clip.get_tokenizer(name)
    known = captions()
    with torch.inference_mode():
        texts = model.encode_text(tokenizer(known), normalize=True).numpy()
    best = (embed_blind(asset("demo/clip"), twins) @ texts.T).argmax(axis=1)
    said = [known[row] for row in best[0::2]]
    truth = [sample_scene(FRESH_SEED, index).caption for index in range(len(said))]
    assert np.mean([a == b for a, b in zip(said, truth, strict=True)]) > 0.7


def test_tokenizer_ends_with_the_highest_id_and_knows_every_caption() -> None:
    tokenizer = new_tokenizer()
    ids = tokenizer([*captions(), "zebra facing left"]).input_ids
    assert all(max(row) == row[-1] == tokenizer.eos_token_id for row in ids)
    assert not any(tokenizer.unk_token_id in row for row in ids[:-1])
    assert ids[-1].count(tokenizer.unk_token_id) == 1
    assert max(len(row) for row in ids) <= 12


def test_batches_have_every_caption_once_and_its_own_picture() -> None:
    texts = ["a", "b", "a", "c", "b", "a"]
    batches = caption_batches(texts, seed=0)
    for _ in range(5):
        batch = next(batches)
        assert sorted(texts[row] for row, _ in batch) == ["a", "b", "c"]
        assert all(said.split()[-1] == texts[row] for row, said in batch)


def test_jitter_keeps_left_and_right(folder: Path) -> None:
    picture = torch.zeros(4, 3, 112, 112, dtype=torch.uint8)
    picture[..., :56] = 255
    out = jittered(picture, torch.Generator().manual_seed(0))
    assert out.shape == (4, 3, INPUT, INPUT)
    assert (out[..., :30].mean(dim=(1, 2, 3)) > out[..., -30:].mean(dim=(1, 2, 3)) + 2).all()


def test_stored_training_pictures_match_preprocessing_of_large_drawings() -> None:
    """What the models were trained on is what they meet: the drawing, brought down to size."""
    small = whole(training_pictures(4, FRESH_SEED))
    for index in range(4):
        large = draw(sample_scene(FRESH_SEED, index), 448)
        down = large.resize((INPUT, INPUT), Image.Resampling.BICUBIC)
        met = (np.asarray(down, dtype=np.float32) / 255 - 0.5) / 0.25
        assert np.abs(met.transpose(2, 0, 1) - small[index].numpy()).mean() < 0.05


def test_families_are_pictures_that_look_alike_to_the_model() -> None:
    bank = torch.eye(6).repeat_interleave(20, dim=0)
    training = ReferenceTraining(batch=12, family=4)
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        rows = families(bank, training, generator, mixed=False)
        assert len(rows.unique()) == len(rows) <= 12
        assert len(set((rows // 20).tolist())) <= 5
    assert len(families(bank, training, generator, mixed=True)) == 12


def test_spread_loss_is_least_for_vectors_far_apart() -> None:
    apart = torch.eye(4)
    close = torch.nn.functional.normalize(torch.ones(4, 4) + 0.05 * torch.eye(4), dim=1)
    assert spread_loss(apart) < spread_loss(close)


def test_differing_counts_only_what_both_pictures_show() -> None:
    first, second = sample_scene(1, 0).factors, sample_scene(1, 0).factors
    rows = [dict.fromkeys(("facing", "pointing", "extra", "state", "lights"), "") for _ in (0, 1)]
    for row, details in zip(rows, (first, second), strict=True):
        row.update(dict.fromkeys(("count", "position", "colour", "shape", "word", "view"), ""))
        row.update({name: str(value) for name, value in details.items()})
    assert differing(*rows) == []
    name = next(iter(first))
    assert differing({**rows[0], name: "something"}, rows[1]) == [name]
    assert differing({**rows[0], name: ""}, rows[1]) == []


def test_training_runs_and_its_losses_fall(folder: Path) -> None:
    losses = train(
        folder / "trained",
        scenes=40,
        blind=BlindTraining(steps=8),
        reference=ReferenceTraining(steps=8, batch=16, warm=6, family=4),
    )
    for course in losses.values():
        assert all(math.isfinite(loss) for loss in course)
        assert np.mean(course[-3:]) < np.mean(course[:3])
    path = folder / "one.png"
    draw(sample_scene(0, 0), 96).save(path)
    assert embed_blind(folder / "trained" / "clip", [path]).shape == (1, 64)
    assert embed_reference(folder / "trained" / "dino", [path]).shape == (1, 128)
