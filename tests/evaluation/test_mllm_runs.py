"""Runs against a real server: nothing lost, nothing billed twice, and resumed where they ended."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.items import QuestionSet
from evaluation.mllms.asking import Answers, Asking, RunStopped
from evaluation.mllms.chat import ChatClient
from evaluation.mllms.endpoint import EndpointModel
from evaluation.mllms.evaluation import ask, evaluate
from evaluation.mllms.log import DamagedLog, LogInUse, open_log
from evaluation.mllms.run import RunReport
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.evaluation.question_sets import oracle, question_set

QUESTIONS = question_set(4)
N = len(QUESTIONS.items)


@pytest.fixture(name="server")
def running_server() -> Iterator[ChatServer]:
    with serving(ChatServer(oracle(QUESTIONS))) as server:
        yield server


def run(
    server: ChatServer,
    out: Path,
    asking: Asking | None = None,
    questions: QuestionSet = QUESTIONS,
    concurrency: int = 4,
    timeout: float = 30,
    max_requests: int | None = None,
    tries: int = 6,
    key: str | None = None,
) -> tuple[Answers, RunReport]:
    client = ChatClient(
        server.url,
        key=key,
        timeout=timeout,
        tries=tries,
        max_requests=max_requests,
        first_backoff=0.001,
    )
    answers, _, report = ask(
        questions, EndpointModel(client, "tiny"), asking or Asking(), out, concurrency=concurrency
    )
    client.close()
    return answers, report


def pair_accuracy(answers: Answers) -> float | None:
    found = evaluate(QUESTIONS, answers, model="tiny", grader_name="strict")
    return found.scores.overall.pair.value


def logged(out: Path) -> list[dict[str, object]]:
    lines = (out / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_model_that_sees_gets_every_pair(server: ChatServer, tmp_path: Path) -> None:
    answers, report = run(server, tmp_path, key="secret", concurrency=3)
    assert pair_accuracy(answers) == 1.0
    assert (report.answered, report.known, report.failures, report.stopped) == (N, 0, [], "")
    assert len(server.asked) == N
    assert server.most_at_once <= 3
    assert {asked.key for asked in server.asked} == {"Bearer secret"}
    first = server.asked[0].body
    assert first["model"] == "tiny"
    assert (first["temperature"], first["max_tokens"]) == (0.0, 256)
    assert {asked.images[0] for asked in server.asked} == {
        line["images"][0] for line in logged(tmp_path)
    }  # type: ignore[index]
    assert "secret" not in (tmp_path / "requests.jsonl").read_text()


def test_a_second_run_asks_nothing(server: ChatServer, tmp_path: Path) -> None:
    first, _ = run(server, tmp_path)
    again, report = run(server, tmp_path)
    assert again == first
    assert (report.answered, report.known) == (0, N)
    assert len(server.asked) == N


TROUBLES = [
    500,
    503,
    429,
    (429, {"Retry-After": "0.05"}),
    b"<html>Bad gateway</html>",
    b'{"choices": []}',
    b'{"choices": [{"message": null}]}',
    b'{"error": {"message": "overloaded"}}',
    b"[]",
    b"",
    "drop",
    0.02,
]


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(st.lists(st.sampled_from(TROUBLES), max_size=4), min_size=N, max_size=N))
def test_whatever_goes_wrong_all_is_answered_and_billed_once(
    plan: list[list[object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("run")
    order: dict[tuple[str, tuple[str, ...]], list[object]] = {}

    def trouble(asked: Asked, seen: int) -> object:
        mine = order.setdefault(asked.identity, plan[len(order) % N])
        return mine[seen] if seen < len(mine) else None

    with serving(ChatServer(oracle(QUESTIONS), trouble)) as server:
        answers, report = run(server, out)
    assert report.failures == []
    assert pair_accuracy(answers) == 1.0
    assert set(server.billed.values()) == {1}
    assert len(server.billed) == N == len(logged(out))


def test_retry_after_is_obeyed_by_all(tmp_path: Path) -> None:
    def trouble(_asked: Asked, _seen: int) -> object:
        return (429, {"Retry-After": "0.4"}) if len(server.asked) == 1 else None

    with serving(ChatServer(oracle(QUESTIONS), trouble)) as server:
        _, report = run(server, tmp_path, concurrency=1)
    assert report.answered == N
    assert server.violations == 0
    assert len(server.asked) == N + 1


@pytest.mark.parametrize("told", ["a number", "a date"])
def test_a_server_that_asks_to_come_back_tomorrow_ends_the_run(tmp_path: Path, told: str) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    when = "86400" if told == "a number" else format_datetime(tomorrow, usegmt=True)
    with serving(
        ChatServer(oracle(QUESTIONS), lambda _a, _n: (429, {"Retry-After": when}))
    ) as server:
        _, report = run(server, tmp_path, concurrency=1)
    assert re.search("asks to wait 1,4[34][0-9] minutes", report.stopped)
    assert len(server.asked) == 1


def test_an_answer_that_takes_too_long_is_not_sent_again(tmp_path: Path) -> None:
    slow_once = ChatServer(
        oracle(QUESTIONS),
        lambda a, n: 3.0 if n == 0 and a.identity == server.asked[0].identity else None,
    )
    with serving(slow_once) as server:
        _, report = run(server, tmp_path, timeout=1.5, concurrency=1)
        assert len(report.failures) == 1
        assert "may be billed" in report.failures[0]
        assert len(server.asked) == N, "sent once each, the slow one too"
        answers, report = run(server, tmp_path)
    assert (report.answered, report.known) == (1, N - 1)
    assert pair_accuracy(answers) == 1.0


def test_the_cap_counts_every_try_and_resuming_is_exact(tmp_path: Path) -> None:
    fails_first = ChatServer(oracle(QUESTIONS), lambda _a, n: 500 if n == 0 else None)
    with serving(fails_first) as server:
        _, report = run(server, tmp_path, max_requests=7, concurrency=2)
        assert len(server.asked) == 7
        assert "cap of 7 requests" in report.stopped
        assert report.answered == len(logged(tmp_path)) == sum(server.billed.values())
        answers, report = run(server, tmp_path)
    assert report.stopped == ""
    assert pair_accuracy(answers) == 1.0
    assert set(server.billed.values()) == {1}
    assert sum(server.billed.values()) == N


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "accept the key"), (404, "--model"), (307, "real address")],
)
def test_a_refusal_of_everything_stops_at_once(tmp_path: Path, status: int, said: str) -> None:
    headers = {"Location": "http://127.0.0.1:9/elsewhere"} if status == 307 else {}
    with serving(ChatServer(oracle(QUESTIONS), lambda _a, _n: (status, headers))) as server:
        answers, report = run(server, tmp_path, concurrency=2, key="sk-secret")
    assert said in report.stopped
    assert "sk-secret" not in report.stopped
    assert len(server.asked) <= 2
    assert answers == {}


def test_one_question_that_is_refused_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = QUESTIONS.items[0].question
    server = ChatServer(oracle(QUESTIONS), lambda a, _n: 400 if bad in a.prompt else None)
    with serving(server):
        answers, report = run(server, tmp_path)
    assert set(report.failures) == {f"{server.url}: status 400: told to refuse."}
    n_bad = sum(item.question == bad for item in QUESTIONS.items)
    assert len(report.failures) == n_bad == N - len(answers)
    found = evaluate(QUESTIONS, answers, model="tiny", grader_name="strict")
    assert found.scores.unanswered == n_bad // 2
    assert found.scores.overall.pair.value == 1.0


def test_a_dead_server_ends_the_run_after_ten_failures(tmp_path: Path) -> None:
    questions = question_set(10)
    with serving(ChatServer(oracle(questions), lambda _a, _n: 500)) as server:
        _, report = run(server, tmp_path, questions=questions, tries=2, concurrency=1)
    assert len(report.failures) == 10
    assert "10 requests failed in a row" in report.stopped
    assert len(server.asked) == 20


def test_nobody_listens(tmp_path: Path) -> None:
    with serving(ChatServer(oracle(QUESTIONS))) as server:
        pass
    _, report = run(server, tmp_path, tries=2, concurrency=1)
    assert "cannot be reached" in report.failures[0]
    with pytest.raises(RunStopped, match="no address of a server"):
        ChatClient("localhost:8000")


def test_the_log_survives_a_cut_at_any_byte(server: ChatServer, tmp_path: Path) -> None:
    run(server, tmp_path)
    path = tmp_path / "requests.jsonl"
    whole = path.read_bytes()
    for cut in random.Random(0).sample(range(len(whole)), 5):
        path.write_bytes(whole[:cut])
        server.asked.clear()
        answers, report = run(server, tmp_path)
        assert report.known == whole[:cut].count(b"\n")
        assert len(server.asked) == N - report.known
        assert pair_accuracy(answers) == 1.0
        assert len(logged(tmp_path)) == N


def test_a_log_that_was_edited_badly_is_named(tmp_path: Path) -> None:
    (tmp_path / "requests.jsonl").write_text('{"key": "x"}\n')
    with pytest.raises(DamagedLog, match=r"requests\.jsonl: line 1 is damaged"), open_log(tmp_path):
        pass


def test_two_runs_never_write_into_one_folder(tmp_path: Path) -> None:
    with (
        open_log(tmp_path),
        pytest.raises(LogInUse, match="another evaluation"),
        open_log(tmp_path),
    ):
        pass
    with open_log(tmp_path) as log:
        assert len(log) == 0


def test_the_same_question_about_the_same_image_is_asked_once(tmp_path: Path) -> None:
    twice = [replace(item, pair_id=item.pair_id + 100) for item in QUESTIONS.items]
    doubled = replace(QUESTIONS, items=[*QUESTIONS.items, *twice])
    with serving(ChatServer(oracle(QUESTIONS))) as server:
        answers, report = run(server, tmp_path, questions=doubled)
    assert (len(server.asked), report.answered, len(answers)) == (N, N, 2 * N)


def test_an_edited_question_alone_is_asked_again(server: ChatServer, tmp_path: Path) -> None:
    run(server, tmp_path)
    edited = [replace(QUESTIONS.items[0], question="Is it open now?"), *QUESTIONS.items[1:]]
    _, report = run(server, tmp_path, questions=replace(QUESTIONS, items=edited))
    assert (report.answered, report.known) == (1, N - 1)


def test_other_ways_to_ask_are_other_requests(server: ChatServer, tmp_path: Path) -> None:
    ways = [
        Asking(),
        Asking(style="paper"),
        Asking(swap_options=True),
        Asking(temperature=0.7),
        Asking(max_tokens=9),
        Asking(body={"seed": 1}),
    ]
    for way in ways:
        assert run(server, tmp_path, way)[1].answered == N
    assert run(server, tmp_path, Asking(repeats=3, temperature=0.7))[1].answered == 2 * N
