"""The drawn scenes: same bytes every time, captions without details, all nine patterns."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from embeddings.demo import write_scenes
from embeddings.demo.factors import PATTERN_OF_FACTOR
from embeddings.demo.scenes import KINDS, Scene, captions, draw, sample_scene

NINE = {
    "orientation",
    "presence",
    "state",
    "quantity",
    "position",
    "color",
    "structure",
    "text",
    "viewpoint",
}


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


@given(seed=st.integers(0, 10**6), index=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_scene_depends_on_seed_and_index_alone(seed: int, index: int) -> None:
    assert sample_scene(seed, index) == sample_scene(seed, index)


@pytest.mark.parametrize("index", range(12))
def test_a_scene_is_drawn_with_the_same_bytes(index: int) -> None:
    scene = sample_scene(5, index)
    first, second = draw(scene, 64), draw(scene, 64)
    assert first.size == (64, 64)
    assert first.mode == "RGB"
    assert first.tobytes() == second.tobytes()


@given(index=st.integers(0, 10**6))
@settings(max_examples=200, deadline=None)
def test_a_caption_names_no_detail(index: int) -> None:
    scene = sample_scene(3, index)
    assert scene.caption in captions()
    for value in scene.factors.values():
        assert not words(str(value)) <= words(scene.caption), (value, scene.caption)


def test_no_caption_contains_any_value_of_its_kind() -> None:
    for kind in KINDS.values():
        values = [words(str(v)) for factor in kind.factors for v in factor.values]
        for subject in kind.subjects:
            for caption in (c for c in captions() if c.startswith(subject + " ")):
                assert not [value for value in values if value <= words(caption)], caption


def test_the_factors_cover_the_nine_patterns() -> None:
    used = {factor.name for kind in KINDS.values() for factor in kind.factors}
    assert used == set(PATTERN_OF_FACTOR)
    assert {PATTERN_OF_FACTOR[name] for name in used} == NINE


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_value_of_every_factor_changes_the_picture(kind: str) -> None:
    """A detail that cannot be seen would be a question without an answer."""
    about = KINDS[kind]
    plain = {factor.name: factor.values[0] for factor in about.factors}
    # An arrow or a flying bird is only there with some values of another factor.
    for subject, label in about.subjects.items():

        def picture(factors, subject=subject, label=label):
            scene = Scene(
                kind=kind,
                subject=subject,
                setting=about.settings[0],
                label=label,
                factors=factors,
                sway=sample_scene(0, 0).sway,
                nudge=(0.0, 0.0, 0.0),
            )
            return np.asarray(draw(scene, 96), dtype=np.int16)

        before = picture(plain)
        for factor in about.factors:
            for value in factor.values[1:]:
                changed = np.abs(picture({**plain, factor.name: value}) - before).max(axis=2)
                assert (changed > 24).sum() >= 12, (subject, factor.name, value)


def test_manifest_round_trip(tmp_path: Path) -> None:
    seen = []
    manifest = write_scenes(
        tmp_path / "scenes", count=6, seed=9, size=48, progress=lambda *step: seen.append(step)
    )
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["caption"] for row in rows] == [sample_scene(9, i).caption for i in range(6)]
    assert seen == [(i, 6) for i in range(1, 7)]
    for index, row in enumerate(rows):
        scene = sample_scene(9, index)
        assert row["label"] == scene.label
        shown = {name: row[name] for name in PATTERN_OF_FACTOR if row[name]}
        assert shown == {name: str(value) for name, value in scene.factors.items()}
        with Image.open(manifest.parent / row["path"]) as image:
            assert image.size == (48, 48)
            assert image.format == "JPEG"


def test_scenes_already_there_are_not_drawn_again(tmp_path: Path) -> None:
    manifest = write_scenes(tmp_path, count=4, seed=1, size=32)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    (lost, *_) = sorted(tmp_path.glob("*.jpg"))
    lost.unlink()
    assert write_scenes(tmp_path, count=4, seed=1, size=32) == manifest
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    assert after[lost][0] == before.pop(lost)[0]
    assert {path: after[path] for path in before} == before


def test_many_scenes_are_the_same_whether_drawn_in_one_process_or_several(tmp_path: Path) -> None:
    manifest = write_scenes(tmp_path, count=70, seed=1, size=16)
    alone = write_scenes(tmp_path / "few", count=3, seed=1, size=16)
    for path in alone.parent.glob("*.jpg"):
        assert path.read_bytes() == (manifest.parent / path.name).read_bytes()
