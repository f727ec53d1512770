"""Stored runs: kept whole, merged, refused when damaged, and scored again after every change."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.items import Item, QuestionSet
from evaluation.mllms.asking import Answer, Answers
from evaluation.mllms.judging import Verdict
from evaluation.results.hand import (
    DamagedGrades,
    Given,
    StaleGrade,
    answer_digest,
    give_grade,
    grades_path,
    load_grades,
)
from evaluation.results.rescoring import Rescored, questions_digest, read_then, readings, rescore
from evaluation.results.stored import (
    BadRun,
    Manifest,
    OtherRun,
    StoredRun,
    keep_run,
    load_run,
    run_files,
    run_name,
    run_path,
    stored,
)
from tests.evaluation.question_sets import question_set

QUESTIONS = question_set(4)
MANIFEST = Manifest(
    model="tiny", benchmark="b", benchmark_sha256="0", grader="strict", source="tiny",
    at="2026-11-26T08:00:00+00:00",
)  # fmt: skip


def letters(right: Callable[[Item], bool], questions: QuestionSet = QUESTIONS) -> Answers:
    return {
        (item.pair_id, item.side, 1): Answer(
            text=("A" if item.gold == "a" else "B") if right(item) else
            ("B" if item.gold == "a" else "A")
        )
        for item in questions.items
    }  # fmt: skip


def kept(folder: Path, answers: Answers, questions: QuestionSet = QUESTIONS) -> StoredRun:
    return keep_run(folder, "tiny", MANIFEST, stored(questions, answers))


def changed(pair_id: int, change: Callable[[Item], Item]) -> QuestionSet:
    items = [change(item) if item.pair_id == pair_id else item for item in QUESTIONS.items]
    return replace(QUESTIONS, items=tuple(items))


def flipped(item: Item) -> Item:
    return replace(item, gold="b" if item.gold == "a" else "a")


def scores(run: StoredRun, questions: QuestionSet, grader: str = "strict") -> Rescored:
    path = Path(f"{run.name}.jsonl")
    found = readings(run, read_then(run, grader), questions, grader, load_grades(path))
    return rescore(found, questions)


def test_a_run_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    odd = Answer(text='"é\u2028\n\ud800', swapped=True, letters="XY", finish_reason="length")
    answers = {**letters(lambda _: True), (1, "first", 1): odd}
    run = kept(tmp_path, answers)
    assert run_files(tmp_path) == [tmp_path / "tiny.jsonl"]
    again = load_run(tmp_path / "tiny.jsonl")
    assert again.manifest == run.manifest
    assert again.answers[1:] == run.answers[1:]
    assert again.answers[0].answer.text.endswith("\ud800")
    first = json.loads((tmp_path / "tiny.jsonl").read_text().split("\n")[1])
    assert (first["pair_id"], first["image"], first["asked"]["gold"]) == (
        1, "first", QUESTIONS.items[0].gold,
    )  # fmt: skip


def test_a_reworded_question_is_left_out_until_it_is_asked_again(tmp_path: Path) -> None:
    run = kept(tmp_path, letters(lambda item: item.pair_id != 2))
    assert (scores(run, QUESTIONS).now.overall.pair.n, scores(run, QUESTIONS).before) == (3, None)
    other = changed(1, lambda item: replace(item, question="Another one?"))
    found = scores(run, other)
    assert (found.stale, found.corrected, found.gone) == ([1], [], [])
    assert (found.now.overall.pair.n, found.now.overall.pair.total) == (2, 3)
    assert found.now.unanswered == 1
    assert found.before is not None
    assert (found.before.overall.pair.n, found.before.overall.pair.total) == (3, 4)
    again = kept(tmp_path, letters(lambda item: item.pair_id > 2, other), other)
    assert len(again.answers) == 10  # those to the old words are still there
    found = scores(again, other)
    assert (found.stale, found.now.overall.pair.n, found.now.overall.pair.total) == ([], 2, 4)
    assert found.before is not None
    assert found.before.overall.pair.n == 3


def test_a_corrected_key_scores_every_run_again_at_once(tmp_path: Path) -> None:
    run = kept(tmp_path, letters(lambda item: item.pair_id != 2))
    found = scores(run, changed(2, flipped))
    assert (found.now.overall.pair.n, found.stale, found.corrected) == (4, [], [2])
    assert found.now.overall.single.n == 8
    assert found.before is not None
    assert (found.before.overall.pair.n, found.before.overall.single.n) == (3, 6)


def test_options_in_another_order_change_nothing(tmp_path: Path) -> None:
    run = kept(tmp_path, letters(lambda item: item.pair_id != 2))
    turned = replace(
        QUESTIONS,
        items=tuple(
            flipped(replace(item, option_a=item.option_b, option_b=item.option_a))
            for item in QUESTIONS.items
        ),
    )
    found = scores(run, turned)
    assert found.now.overall == scores(run, QUESTIONS).now.overall
    assert (found.stale, found.corrected, found.before) == ([], [], None)
    assert questions_digest(turned) != questions_digest(QUESTIONS)


def test_a_pair_that_left_the_benchmark_is_said(tmp_path: Path) -> None:
    run = kept(tmp_path, letters(lambda _: True))
    fewer = replace(QUESTIONS, items=QUESTIONS.items[2:])
    found = scores(run, fewer)
    assert (found.gone, found.now.overall.pair.total) == ([1], 3)
    assert found.before is not None
    assert found.before.overall.pair.total == 4


@given(
    right=st.lists(st.booleans(), min_size=8, max_size=8),
    reworded=st.sets(st.integers(1, 4)),
    corrected=st.sets(st.integers(1, 4)),
)
@settings(max_examples=60)
def test_pairs_that_nobody_touched_keep_their_score(
    right: list[bool], reworded: set[int], corrected: set[int]
) -> None:
    by_row = dict(zip([item.row for item in QUESTIONS.items], right, strict=True))
    answers = stored(QUESTIONS, letters(lambda item: by_row[item.row]))
    run = StoredRun(name="none", manifest=MANIFEST, answers=answers)
    items = [
        replace(
            flipped(item) if item.pair_id in corrected else item,
            question="Other?" if item.pair_id in reworded else item.question,
        )
        for item in QUESTIONS.items
    ]
    found = scores(run, replace(QUESTIONS, items=tuple(items)))
    assert found.stale == sorted(reworded)
    assert found.corrected == sorted(corrected - reworded)
    pairs = {k: (by_row[2 * k - 1], by_row[2 * k]) for k in range(1, 5) if k not in reworded}
    expected = [not any(two) if k in corrected else all(two) for k, two in pairs.items()]
    assert (found.now.overall.pair.n, found.now.overall.pair.total) == (
        sum(expected), len(expected),
    )  # fmt: skip
    if reworded or corrected:
        assert found.before is not None
        whole = [by_row[2 * k - 1] and by_row[2 * k] for k in range(1, 5)]
        assert found.before.overall.pair.n == sum(whole)


def test_a_grade_by_hand_counts_under_our_own_graders_only(tmp_path: Path) -> None:
    answers = {**letters(lambda _: True), (1, "first", 1): Answer(text="Hard to say.")}
    run = kept(tmp_path, answers)
    path, one = tmp_path / "tiny.jsonl", run.answers[0]
    key: Given = one.asked.gold

    def give(given: Given, seen: int, by: str = "Rita") -> None:
        give_grade(path, one, given, seen=seen, by=by, at="2026-11-26T09:00:00+00:00")

    def n_right(grader: str) -> int:
        found = readings(run, read_then(run, grader), QUESTIONS, grader, load_grades(path))
        return rescore(found, QUESTIONS).now.overall.pair.n

    assert n_right("strict") == 3
    give(key, 0)
    assert (n_right("strict"), n_right("option-text"), n_right("internvl")) == (4, 0, 3)
    with pytest.raises(StaleGrade, match="Rita graded this answer"):
        give("b", 0, by="Ann")
    give("none", 1)
    assert n_right("strict") == 3
    give(key, 2)
    give("open", 3)
    assert n_right("strict") == 3
    lines = grades_path(path).read_text().splitlines()
    assert [json.loads(line)["given"] for line in lines] == [key, "none", key, "open"]
    other = replace(one, answer=Answer(text="Hard to say!"))
    assert answer_digest(other) != answer_digest(one)


def test_grades_survive_a_crash_and_tell_of_damage(tmp_path: Path) -> None:
    run = kept(tmp_path, {**letters(lambda _: True), (1, "first", 1): Answer(text="Hm.")})
    path, at = tmp_path / "tiny.jsonl", "2026-11-26T09:00:00+00:00"
    give_grade(path, run.answers[0], "a", seen=0, by="Rita", at=at)
    with grades_path(path).open("a") as file:
        file.write('{"pair_id": 1, "ima')
    assert len(load_grades(path)) == 1
    give_grade(path, run.answers[0], "b", seen=1, by="Rita", at=at)
    assert [one.given for one in load_grades(path).values()] == ["b"]
    grades_path(path).write_text("{}\n" + grades_path(path).read_text())
    with pytest.raises(DamagedGrades, match="line 1"):
        load_grades(path)


def test_a_verdict_holds_for_the_key_that_the_judge_was_told(tmp_path: Path) -> None:
    answers = letters(lambda item: item.pair_id != 2)
    verdicts = {
        (item.pair_id, item.side, 1): Verdict(
            by="umpire", gold=item.gold, said="yes" if item.pair_id != 2 else "no"
        )
        for item in QUESTIONS.items
    }
    run = keep_run(tmp_path, "judged", MANIFEST, stored(QUESTIONS, answers, verdicts))
    assert scores(run, QUESTIONS, "judge").now.overall.pair.n == 3
    found = scores(run, changed(2, flipped), "judge")
    assert (found.now.overall.pair.n, found.now.ungradable.n) == (3, 2)
    without = keep_run(tmp_path, "judged", MANIFEST, stored(QUESTIONS, answers))
    assert without.answers == run.answers  # asked again without a judge, what it said stays


def test_other_runs_and_bad_names_are_refused(tmp_path: Path) -> None:
    kept(tmp_path, letters(lambda _: True))
    before = (tmp_path / "tiny.jsonl").read_bytes()
    for other in (replace(MANIFEST, model="huge"), replace(MANIFEST, label="no image")):
        with pytest.raises(OtherRun, match="--run"):
            keep_run(tmp_path, "tiny", other, [])
    assert (tmp_path / "tiny.jsonl").read_bytes() == before
    for name in ("", "../x", "a/b", ".x", "x" * 101, "x.grades", "é"):
        with pytest.raises(BadRun):
            run_path(tmp_path, name)
    assert run_path(tmp_path, run_name("../org/Model é: 7B")).name == "org-Model-7B.jsonl"
    assert run_name("…") == "run"


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (0, "{", "line 1 is damaged"),
        (0, '{"mmvp_run": 2}', "newer version"),
        (2, '{"pair_id": 1}', "line 3 is damaged"),
        (3, "[]", "line 4 is damaged"),
    ],
)
def test_damaged_runs_name_the_line(tmp_path: Path, line: int, text: str, said: str) -> None:
    kept(tmp_path, letters(lambda _: True))
    lines = (tmp_path / "tiny.jsonl").read_text().split("\n")
    lines[line] = text
    (tmp_path / "tiny.jsonl").write_text("\n".join(lines))
    with pytest.raises(BadRun, match=said):
        load_run(tmp_path / "tiny.jsonl")
    with pytest.raises(BadRun, match="no such run"):
        load_run(tmp_path / "other.jsonl")
