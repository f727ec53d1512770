"""`mmvp eval mllm` as a person runs it: to the end, interrupted, killed, and resumed."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.exchange import to_questions
from annotator.studio import Studio
from db.annotations import write_question
from db.annotators import ensure_annotator
from db.pairs import list_cards
from evaluation.folder import read_folder
from evaluation.formats import ExportOptions, export
from evaluation.items import QuestionSet
from tests.annotator.tiny_studio import Mmvp, start_mmvp
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.evaluation.question_sets import oracle
from tests.mapped_workspace import accept

N_PAIRS = 12


@pytest.fixture(name="folder")
def exported_folder(tmp_path: Path) -> Path:
    made = benchmark(*[pair(number) for number in range(1, N_PAIRS + 1)])
    kept = ExportOptions(key_order="kept")
    return export(
        made, "mmvp", tmp_path / "harbor", image_bytes=jpeg_source(made), options=kept
    ).folder


@pytest.fixture(name="questions")
def its_questions(folder: Path) -> QuestionSet:
    return read_folder(folder)


@pytest.fixture(name="server")
def running_server(questions: QuestionSet) -> Iterator[ChatServer]:
    with serving(ChatServer(oracle(questions))) as server:
        yield server


def n_logged(out: Path) -> int:
    log = out / "requests.jsonl"
    return log.read_bytes().count(b"\n") if log.exists() else 0


def test_a_folder_against_an_endpoint(
    mmvp: Mmvp, folder: Path, server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMVP_LLM_API_KEY", "sk-secret")
    asked = ("eval", "mllm", folder, "--base-url", server.url, "--model", "tiny")
    done = mmvp(*asked, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "tiny on Harbor: 12 pairs, graded by strict" in done.out
    assert "100.0 % [75.8, 100.0] 12/12" in done.out
    for shown in ("State and Condition", "people on MMVP", "95.7 %", "internvl", "GPT-4V 38.7 %"):
        assert shown in done.out
    assert {one.key for one in server.asked} == {"Bearer sk-secret"}
    written = [path.read_text() for path in (tmp_path / "out").iterdir() if path.suffix != ".lock"]
    assert not any("sk-secret" in text for text in [*written, done.out, done.err])
    again = mmvp(*asked, "--out", tmp_path / "out", "--json")
    assert len(server.asked) == 2 * N_PAIRS
    assert again.json["scores"]["overall"]["pair"]["n"] == N_PAIRS
    assert again.json == json.loads((tmp_path / "out/scores.json").read_text()) | {
        "comparisons": {}
    }


def test_two_models_are_compared(
    mmvp: Mmvp, folder: Path, server: ChatServer, tmp_path: Path
) -> None:
    asked = ("eval", "mllm", folder)
    mmvp(*asked, "--base-url", server.url, "--model", "tiny", "--out", tmp_path / "tiny")
    constant = tmp_path / "constant.jsonl"
    rows = [{"question_id": n, "response": "A"} for n in range(1, 2 * N_PAIRS + 1)]
    constant.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = mmvp(
        *asked, "--model", f"answers:{constant}", "--name", "constant", "--out", tmp_path / "c",
        "--against", tmp_path / "tiny" / "answers.jsonl",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "constant on Harbor" in done.out
    assert "-100.0 points of pair accuracy on 12 pairs" in done.out
    assert "right alone 0 and 12 times, McNemar p = 0.000488" in done.out
    assert "Both images got (a) in 12 pairs" in done.out


def test_a_workspace_is_asked_with_its_own_images(
    mmvp: Mmvp, workspace: Path, tmp_path: Path
) -> None:
    with Studio.open(workspace) as studio:
        card = min(list_cards(studio.database), key=lambda one: one.id)
        write_question(
            studio.database, card.id, version=accept(studio, card, "Ann").version,
            annotator_id=ensure_annotator(studio.database, "Ann"), text="Bright or dark?",
            option_a="Bright", option_b="Dark", answer_first="b", answer_second="a",
            pattern="color", note="",
        )  # fmt: skip
        says = oracle(to_questions(studio, name="x"))
    with serving(ChatServer(says)) as server:
        done = mmvp(
            "eval", "mllm", "--workspace", workspace, "--base-url", server.url, "--model", "tiny",
            "--out", tmp_path / "out", "--json",
        )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["scores"]["by_pattern"]["color"]["pair"]["n"] == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("signal_number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_an_interrupted_run_loses_nothing_and_resumes(
    folder: Path, server: ChatServer, tmp_path: Path, signal_number: int, code: int
) -> None:
    at_once, out = 2, tmp_path / "out"
    gate = threading.Event()

    def hold_after_six(_asked: Asked, _n: int) -> None:
        if len(server.asked) > 6:
            gate.wait(60)

    server.trouble = hold_after_six
    command = [
        "eval", "mllm", folder, "--base-url", server.url, "--model", "tiny", "--out", out,
        "--concurrency", at_once,
    ]  # fmt: skip
    process = start_mmvp(command)
    _wait_for(lambda: n_logged(out) == 6 and server.at_once == at_once, process)
    os.kill(process.pid, signal_number)
    gate.set()
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    _wait_for(lambda: server.at_once == 0)
    billed = sum(server.billed.values())
    assert billed >= 6 + at_once
    if signal_number == signal.SIGKILL:
        assert billed - n_logged(out) <= at_once
    else:
        assert n_logged(out) == billed
        assert "run the same command again to resume" in err
    lost = billed - n_logged(out)
    server.trouble = lambda _asked, _n: None
    again = start_mmvp([*command, "--json"])
    found, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert json.loads(found)["scores"]["overall"]["pair"]["n"] == N_PAIRS
    assert sum(server.billed.values()) == 2 * N_PAIRS + lost
    assert n_logged(out) == 2 * N_PAIRS


def _wait_for(happened: object, process: "subprocess.Popen[str] | None" = None) -> None:
    deadline = time.monotonic() + 60
    while not happened():  # type: ignore[operator]
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_that_is_not_complete_says_so_and_fails(
    mmvp: Mmvp, folder: Path, server: ChatServer, tmp_path: Path
) -> None:
    asked = ("eval", "mllm", folder, "--base-url", server.url, "--model", "tiny")
    done = mmvp(*asked, "--out", tmp_path / "out", "--max-requests", 5, "--concurrency", 1)
    assert done.code == 1
    assert len(server.asked) == 5
    assert "Left out, because an answer is missing: 10 of 12 pairs." in done.out
    assert "stopped: the cap of 5 requests is reached" in done.err.replace("\n", " ")
    assert "run the same command again" in done.err


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--model", "tiny"], 2, "--base-url"),
        (["--model", "tiny", "--base-url", "localhost:1"], 1, "no address of a server"),
        (["--model", "answers:no.jsonl"], 1, "No such file"),
        (["--model", "hf:no/such"], 1, "not on this machine"),
        (["--model", "answers:x", "--grader", "gpt"], 1, "Graders: cambrian"),
        (["--model", "answers:x", "--swap-images"], 1, "Show both images"),
        (["--model", "answers:x", "--body", "{"], 2, "not JSON"),
        (["--model", "answers:x", "--body", "3"], 2, "object in braces"),
    ],
)
def test_bad_usage_is_told_in_words(
    mmvp: Mmvp, folder: Path, tmp_path: Path, more: list[str], code: int, said: str
) -> None:
    done = mmvp("eval", "mllm", folder, "--out", tmp_path / "out", *more)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out" / "scores.json").exists()
