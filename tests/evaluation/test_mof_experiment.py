"""The miniature: its questions, its packing, its counts, and one small run of all of it."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.demo.scenes import sample_scene
from evaluation.errors import UnreadableBenchmark
from evaluation.mof.experiment import Options, run
from evaluation.mof.material import Amounts, Material, caption_knows, prepare, texts
from evaluation.mof.measured import accuracy
from evaluation.mof.model import Size, TinyLlava, right_answers, train
from evaluation.mof.packing import IGNORED, Words, pack, training_rows
from evaluation.mof.questions import any_options, asked_openly, differing, pair_questions, said
from evaluation.mof.report import read, write
from evaluation.mof.scenes import Tokens
from evaluation.mof.settings import SETTINGS

SMALL = Amounts(training=60, rows_each=2, ordinary=12, searched=260, pairs=20)
TINY = Size(width=32, inner=48, layers=2, steps=6, batch=8, warmup=2)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module", name="material")
def prepared() -> Material:
    return prepare(SMALL, device="cpu")


@settings(max_examples=60, deadline=None)
@given(series=st.integers(0, 5), index=st.integers(0, 5000))
def test_every_word_of_every_question_is_known(series: int, index: int) -> None:
    words, scene = Words(), sample_scene(series, index)
    options = any_options(scene, random.Random(index))
    for question in (*asked_openly(scene), options):
        ids, labels = words.turn(question.text, question.answer)
        assert len(ids) == len(labels)
        told = [words.words[label] for label in labels if label != IGNORED]
        assert told == [*question.answer.split(), "<end>"]
    assert f" {options.answer}" in options.text


def test_a_pair_is_asked_one_question_with_two_answers(material: Material) -> None:
    assert material.pairs
    for pair in material.pairs:
        first, second = (material.searched.scenes[row] for row in pair.rows)
        one, two = pair.questions
        assert pair.blind_cosine > 0.95
        assert pair.reference_cosine < 0.6
        assert one.text == two.text
        assert one.answer != two.answer
        assert one.about in differing(first, second)
        assert one.answer == said(first.factors[one.about])
        assert two.answer == said(second.factors[two.about])
    rows = [row for pair in material.pairs for row in pair.rows]
    assert len(rows) == len(set(rows))  # an image is in one pair at most


def test_like_scenes_and_unlike_objects_get_no_question() -> None:
    scene = sample_scene(0, 0)
    other = next(s for s in (sample_scene(0, n) for n in range(99)) if s.kind != scene.kind)
    chance = random.Random(0)
    assert pair_questions(scene, scene, chance) is None
    assert pair_questions(scene, other, chance) is None


def test_training_and_test_pictures_are_different(material: Material) -> None:
    drawn = [
        {(scene.sway, scene.nudge) for scene in tokens.scenes}
        for tokens in (material.training, material.ordinary, material.searched)
    ]
    assert not drawn[0] & drawn[1]
    assert not drawn[0] & drawn[2]


def test_packed_questions_are_answered_as_if_each_were_alone(material: Material) -> None:
    """No question of a row sees another one: logits are those of rows with one question each."""
    words = Words()
    turns = [words.turn(q.text, q.answer) for q in asked_openly(material.ordinary.scenes[0])]
    together = pack([(0, turns)], sum(len(ids) for ids, _ in turns))
    alone = pack([(0, [turn]) for turn in turns], max(len(ids) for ids, _ in turns))
    torch.manual_seed(0)
    widths = material.ordinary.blind.shape[-1], material.ordinary.reference.shape[-1]
    for setting in (SETTINGS[4], SETTINGS[-1]):
        model = TinyLlava(setting.mixture(*widths, TINY.width), TINY, len(words)).eval()
        with torch.no_grad():
            packed = model(*_grids(material.ordinary, [0]), together)[0]
            single = model(*_grids(material.ordinary, [0] * len(turns)), alone)
        parts = [row[: len(ids)] for row, (ids, _) in zip(single, turns, strict=True)]
        assert torch.allclose(packed, torch.cat(parts), atol=1e-4)


def _grids(tokens: Tokens, rows: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    return tokens.blind[rows].float(), tokens.reference[rows].float()


def test_the_tiny_model_learns_and_is_graded_as_it_would_generate(material: Material) -> None:
    """It learns a few scenes by heart; teacher-forced grading equals greedy decoding."""
    words = Words()
    few = Tokens(
        material.ordinary.scenes[:3], material.ordinary.blind[:3], material.ordinary.reference[:3]
    )
    rows = training_rows(few.scenes, words, rows_each=4, length=64, seed=0)
    size = Size(width=48, inner=64, layers=2, steps=90, batch=12, warmup=5, rate=5e-3)
    torch.manual_seed(0)
    widths = few.blind.shape[-1], few.reference.shape[-1]
    model = TinyLlava(SETTINGS[-1].mixture(*widths, size.width), size, len(words))
    losses = train(model, few, rows, size, seed=0)
    assert losses[-1] < losses[0] / 10
    asked = [(row, q) for row, scene in enumerate(few.scenes) for q in asked_openly(scene)]
    graded = right_answers(
        model, few, pack([(row, [words.turn(q.text, q.answer)]) for row, q in asked], 28)
    )
    assert graded.float().mean() > 0.6
    for (row, question), right in zip(asked[:8], graded.tolist(), strict=False):
        assert _greedy(model, few, row, words, question.text) == question.answer or not right


def _greedy(model: TinyLlava, tokens: Tokens, row: int, words: Words, question: str) -> str:
    ids = [1, *words.ids(question), 2]
    said: list[str] = []
    while len(said) < 6:
        text = pack([(row, [(ids, [IGNORED] * len(ids))])], len(ids))
        with torch.no_grad():
            logits = model(*_grids(tokens, [row]), text)
        ids = [*ids, int(logits[0, -1].argmax())]
        if words.words[ids[-1]] == "<end>":
            break
        said.append(words.words[ids[-1]])
    return " ".join(said)


def test_the_whole_run_is_reported_and_read_again(tmp_path: Path) -> None:
    options = Options(seeds=2, amounts=SMALL, size=TINY)
    kept: list[int] = []
    found = run(options, keep=lambda report: kept.append(report.seeds))
    assert kept == [1, 2]  # a run that is cut short leaves its first seed
    document = read(write(found, tmp_path))
    assert [one["name"] for one in document["settings"]] == [one.name for one in SETTINGS]
    assert document["published"][1]["mmvp"] == 18.7
    for one in document["settings"]:
        assert one["mmvp"]["low"] <= one["mmvp"]["value"] <= one["mmvp"]["high"]
        assert (one["mmvp"]["gain"] is None) == (one["name"] == "blind alone")
    assert (tmp_path / "results.json").stat().st_size < 100_000


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps({"pairs": 3}), encoding="utf-8")
    with pytest.raises(UnreadableBenchmark):
        read(file)


def test_a_reader_of_captions_answers_objects_and_places(material: Material) -> None:
    knows = caption_knows(material)
    asked = [question.about for _, question in material.instruction_questions()]
    assert len(knows) == len(asked)
    _, instruction, pairs = texts(material, SMALL, Words())
    assert int(instruction.segment.amax(dim=1).sum()) == len(asked)
    assert len(pairs) == 2 * len(material.pairs)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_gains_are_differences_and_lie_in_their_intervals(data: st.DataObject) -> None:
    seeds, answers = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 12))
    draw = st.lists(st.booleans(), min_size=seeds * answers, max_size=seeds * answers)
    right, alone = (np.array(data.draw(draw)).reshape(seeds, answers) for _ in range(2))
    cases = data.draw(st.lists(st.integers(0, 3), min_size=answers, max_size=answers))
    found = accuracy(right, cases, alone)
    assert found.value == pytest.approx(right.mean())
    assert found.gain == pytest.approx(right.mean() - alone.mean())
    assert 0 <= found.low <= found.high <= 1
    same = accuracy(right, cases, right)
    assert (same.gain, same.gain_low, same.gain_high) == (0, 0, 0)
