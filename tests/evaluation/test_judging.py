"""A judge over HTTP: yes and no, resumed and cached, told the key of now."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.items import Item
from evaluation.mllms.asking import Answer, Answers
from evaluation.mllms.chat import ChatClient
from evaluation.mllms.endpoint import EndpointModel
from evaluation.mllms.evaluation import evaluate
from evaluation.mllms.judging import Verdict, judge
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.evaluation.question_sets import question_set

QUESTIONS = question_set(3)


def strict_judge(asked: Asked) -> str:
    """Compares what it is told is correct with what was answered."""
    told = dict(line.split(": ", 1) for line in asked.prompt.split("\n") if ": " in line)
    return "Yes." if told["Answer given"] in told["Correct option"] else "no"


@pytest.fixture(name="server")
def judging_server() -> Iterator[ChatServer]:
    with serving(ChatServer(strict_judge)) as server:
        yield server


def options(item: Item, answers: Answers, text: str) -> Answers:
    return {**answers, (item.pair_id, item.side, 1): Answer(text=text)}


def all_right() -> Answers:
    return {
        (item.pair_id, item.side, 1): Answer(
            text=item.option_a if item.gold == "a" else item.option_b
        )
        for item in QUESTIONS.items
    }


def test_the_judge_says_yes_and_no_once_for_each_answer(server: ChatServer, tmp_path: Path) -> None:
    first, second = QUESTIONS.items[:2]
    answers = options(second, options(first, all_right(), "purple"), " ")
    client = ChatClient(server.url, first_backoff=0.01)
    model = EndpointModel(client, "umpire")
    verdicts, report = judge(QUESTIONS, answers, model, tmp_path)
    assert (report.answered, len(verdicts)) == (5, 6)
    assert verdicts[1, "first", 1] == Verdict(by="umpire", gold=first.gold, said="no")
    assert verdicts[1, "first", 1].chosen != first.gold
    assert verdicts[1, "second", 1].chosen is None  # nothing was said, and nothing paid
    assert all("image_url" not in str(one.body["messages"]) for one in server.asked)
    found = evaluate(QUESTIONS, answers, model="m", grader_name="judge", verdicts=verdicts)
    assert (found.scores.overall.pair.n, found.scores.ungradable.n) == (2, 1)
    assert found.by_grader["judge"].pair.n == 2
    again, report = judge(QUESTIONS, answers, model, tmp_path)
    assert again == verdicts
    assert (report.answered, report.known, len(server.asked)) == (0, 5, 5)
    client.close()


@pytest.mark.parametrize(
    ("reply", "said"),
    [("YES", "yes"), ("**No**, because", "no"), ("maybe", ""), ("nobody", ""), ("", "")],
)
def test_what_counts_as_yes_and_no(tmp_path: Path, reply: str, said: str) -> None:
    with serving(ChatServer(lambda _: reply)) as server:
        client = ChatClient(server.url)
        verdicts, _ = judge(QUESTIONS, all_right(), EndpointModel(client, "u"), tmp_path)
        client.close()
    assert {one.said for one in verdicts.values()} == {said}
    assert len(server.asked) == 6


def test_failures_of_the_judge_leave_answers_unjudged(server: ChatServer, tmp_path: Path) -> None:
    server.trouble = lambda _asked, _n: 400
    client = ChatClient(server.url, tries=1)
    verdicts, report = judge(QUESTIONS, all_right(), EndpointModel(client, "u"), tmp_path)
    client.close()
    assert (verdicts, len(report.failures)) == ({}, 6)
