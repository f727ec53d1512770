"""Runs that a workspace keeps, from the command line: judged, varied, scored again, backed up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.exchange import to_questions
from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from evaluation.items import QuestionSet
from evaluation.results.stored import load_run
from tests.annotator.tiny_studio import Mmvp
from tests.answering import ask_all_pairs, reword
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.evaluation.question_sets import oracle
from tests.seeding import seed

N_PAIRS = 4


@pytest.fixture(name="root")
def workspace_with_questions(tmp_path: Path) -> Path:
    seed(tmp_path, n_pairs=N_PAIRS)
    with Studio.open(tmp_path / "workspace", Settings(annotator="Ann")) as studio:
        ask_all_pairs(studio, ensure_annotator(studio.database, "Ann"))
    return tmp_path / "workspace"


def questions_of(root: Path) -> QuestionSet:
    with Studio.open(root, Settings()) as studio:
        return to_questions(studio, name="x")


@pytest.fixture(name="server")
def model_and_judge(root: Path) -> Iterator[ChatServer]:
    says = oracle(questions_of(root))

    def answers(asked: Asked) -> str:
        if "Reply with yes or no" in asked.prompt:
            return "yes" if "Answer given: A\n" in asked.prompt else "no"
        return says(asked) if asked.images else "X"

    with serving(ChatServer(answers)) as server:
        yield server


def test_a_run_is_kept_judged_and_scored_again(
    mmvp: Mmvp, root: Path, server: ChatServer, tmp_path: Path
) -> None:
    asked = ("eval", "mllm", "-w", root, "--base-url", server.url, "--model", "tiny")
    done = mmvp(*asked, "--judge-model", "umpire", "--grader", "judge", "--json")
    assert done.code == 0, done.err
    assert "kept as tiny" in done.err
    # this judge takes only "A" for an answer, so that no pair has two right ones
    assert done.json["scores"]["overall"]["pair"]["n"] == 0
    assert done.json["by_grader"]["strict"]["pair"]["n"] == N_PAIRS
    assert len(server.asked) == 4 * N_PAIRS
    run = load_run(root / "results" / "tiny.jsonl")
    assert (run.manifest.model, run.manifest.label, len(run.answers)) == ("tiny", "", 2 * N_PAIRS)
    assert {one.verdict.by for one in run.answers if one.verdict} == {"umpire"}
    assert mmvp(*asked).code == 0
    assert len(server.asked) == 4 * N_PAIRS  # nothing is asked twice, and verdicts stay
    varied = mmvp(*asked, "--letters", "xy", "--no-image", "--json")
    assert varied.code == 0, varied.err
    assert varied.json["scores"]["bias"]["always_a"]["n"] == N_PAIRS  # X is the letter of (a)
    assert (root / "results" / "tiny-letters-X-and-Y-no-image.jsonl").is_file()
    with Studio.open(root, Settings(annotator="Ann")) as studio:
        reword(studio, 1, ensure_annotator(studio.database, "Ann"), "Another question?")
    board = mmvp("eval", "leaderboard", "-w", root, "--json").json
    scores = {one["run"]: one["scores"] for one in board["runs"]}
    assert scores["tiny"]["stale"] == [1]
    assert (scores["tiny"]["pair"]["n"], scores["tiny"]["pair"]["total"]) == (3, 3)
    text = mmvp("eval", "leaderboard", "-w", root)
    assert "tiny: 1 pairs asked in other words; pair accuracy 100.0 % as asked" in " ".join(
        text.err.split()
    )
    judged = mmvp("eval", "leaderboard", "-w", root, "--grader", "judge", "-f", "md").out
    assert "not judged" in judged
    assert mmvp("eval", "leaderboard", "-w", root, "-f", "pdf").code == 2
    archive = tmp_path / "all.zip"
    assert mmvp("backup", "-w", root, "--out", archive).code == 0
    assert mmvp("restore", archive, "-w", tmp_path / "again").code == 0
    assert load_run(tmp_path / "again" / "results" / "tiny.jsonl") == load_run(
        root / "results" / "tiny.jsonl"
    )


def test_answers_given_elsewhere_join_the_leaderboard(
    mmvp: Mmvp, root: Path, tmp_path: Path
) -> None:
    rows = [
        {"index": item.row - 1, "question": item.question, "A": item.option_a, "B": item.option_b,
         "prediction": item.gold.upper()}
        for item in questions_of(root).items
    ]  # fmt: skip
    file = tmp_path / "GPT4o_MMVP.json"
    file.write_text(json.dumps(rows))
    done = mmvp("eval", "mllm", "-w", root, "--model", f"answers:{file}")
    assert done.code == 0, done.err
    (run,) = mmvp("eval", "leaderboard", "-w", root, "--json").json["runs"]
    assert (run["run"], run["model"], run["scores"]["pair"]["n"]) == (
        "GPT4o_MMVP", "GPT4o_MMVP", N_PAIRS,
    )  # fmt: skip
    other = mmvp(
        "eval", "mllm", "-w", root, "--model", f"answers:{file}", "--name", "another",
        "--run", "GPT4o_MMVP",
    )  # fmt: skip
    assert other.code == 1
    assert "--run" in other.err


def test_bad_usage_is_told_in_words(mmvp: Mmvp, root: Path, tmp_path: Path) -> None:
    asked = ("eval", "mllm", "-w", root, "--model", "answers:x")
    for more, code, said in (
        (["--grader", "judge"], 2, "which model judges"),
        (["--letters", "A"], 1, "two letters or two digits"),
        (["--run", "../x"], 1, "no name of a run"),
    ):
        done = mmvp(*asked, *more)
        assert (done.code, said in " ".join(done.err.split())) == (code, True), done.err
    folder = tmp_path / "folder"
    folder.mkdir()
    assert mmvp("eval", "mllm", folder, "--model", "answers:x").code == 2
    none = mmvp("eval", "mllm", folder, "-w", tmp_path / "no", "--model", "answers:x")
    assert (none.code, "no workspace here" in none.err) == (1, True)
    assert not (tmp_path / "no").exists()
    assert list((root / "results").iterdir()) == []
