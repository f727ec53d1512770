"""Prompts, their variations, and what the scores say about models that do not look."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.graders import GRADERS
from evaluation.mllms.asking import Answer, Answers, Asking, BadAsking, Reply, Request, requests_for
from evaluation.mllms.chat import ChatClient
from evaluation.mllms.endpoint import EndpointModel
from evaluation.mllms.evaluation import Evaluation, ask, evaluate, write_evaluation
from evaluation.results.reading import read_answers
from tests.evaluation.chat_server import Asked, ChatServer, Says, serving
from tests.evaluation.question_sets import oracle, question_set

QUESTIONS = question_set(6)
ITEM = QUESTIONS.items[0]


class Parrot:
    """Answers what a function makes of the request."""

    name = "parrot"
    identity = {"parrot": 1}  # noqa: RUF012

    def __init__(self, says: Callable[[Request], str]) -> None:
        self._says = says

    def ask(self, request: Request) -> Reply:
        return Reply(text=self._says(request), finish_reason="length", usage={"n": 2})

    def stop(self) -> None:
        """Nothing to stop."""


def scored(out: Path, asking: Asking, says: Callable[[Request], str]) -> tuple[Evaluation, Answers]:
    answers, usage, _ = ask(QUESTIONS, Parrot(says), asking, out)
    found = evaluate(
        QUESTIONS, answers, model="parrot", grader_name="strict", asking=asking, usage=usage
    )
    return found, answers


def test_prompts_are_those_of_the_clients() -> None:
    question, a, b = ITEM.question, ITEM.option_a, ITEM.option_b
    assert Asking(style="paper").prompt(ITEM) == f"{question} (a) {a} (b) {b}"
    assert Asking().prompt(ITEM) == (
        f"{question}\nA. {a}\nB. {b}\n"
        "Answer with the option's letter from the given choices directly."
    )
    assert f"A. {b}\nB. {a}" in Asking(swap_options=True).prompt(ITEM)


def test_swapped_options_are_read_back() -> None:
    rule = GRADERS["strict"]
    assert Answer(text="A").read(ITEM, rule) == "a"
    assert Answer(text="A", swapped=True).read(ITEM, rule) == "b"
    assert Answer(text=ITEM.option_a, swapped=True).read(ITEM, rule) == "a"
    assert Answer(text="?", swapped=True).read(ITEM, rule) is None


@pytest.mark.parametrize("swap", [False, True])
def test_an_a_sayer_is_found_out(tmp_path: Path, swap: bool) -> None:
    found, _ = scored(tmp_path, Asking(swap_options=swap), lambda _request: "A")
    said = 0.0 if swap else 1.0
    assert found.scores.overall.pair.value == 0.0
    assert found.scores.overall.single.value == 0.5
    assert found.scores.bias.said_a.value == said
    assert (found.scores.bias.always_b if swap else found.scores.bias.always_a).value == 1.0
    assert found.cut_off == 12
    assert found.usage == {"n": 24}


def served(out: Path, asking: Asking, says: Says) -> tuple[ChatServer, Evaluation]:
    with serving(ChatServer(says)) as server:
        client = ChatClient(server.url)
        answers, usage, _ = ask(QUESTIONS, EndpointModel(client, "tiny"), asking, out)
        client.close()
    found = evaluate(
        QUESTIONS, answers, model="tiny", grader_name="strict", asking=asking, usage=usage
    )
    return server, found


@pytest.mark.parametrize("swap", [False, True])
def test_a_model_that_sees_does_not_care_for_the_order_of_options(
    tmp_path: Path, swap: bool
) -> None:
    server, found = served(tmp_path, Asking(swap_options=swap), oracle(QUESTIONS))
    assert found.scores.overall.pair.value == 1.0
    assert found.usage["completion_tokens"] == 2 * len(server.asked)


def test_both_images_are_shown_in_either_order(tmp_path: Path) -> None:
    says = oracle(QUESTIONS)

    def sees_the_right_one(asked: Asked) -> str:
        number = 1 if "about image 1 only" in asked.prompt else 2
        return says(Asked(asked.prompt, (asked.images[number - 1],), {}, None))

    orders = []
    for swap in (False, True):
        server, found = served(
            tmp_path, Asking(both_images=True, swap_images=swap), sees_the_right_one
        )
        assert found.scores.overall.pair.value == 1.0
        orders.append({asked.images for asked in server.asked})
    assert orders[0] == {images[::-1] for images in orders[1]}
    assert all(len(images) == 2 for images in orders[0])


def test_without_an_image_no_pair_can_be_right_by_a_steady_model(tmp_path: Path) -> None:
    server, found = served(
        tmp_path, Asking(no_image=True), lambda asked: "AB"[hash(asked.prompt) % 2]
    )
    assert {asked.images for asked in server.asked} == {()}
    # Both images of a pair get the same words, hence one request.
    assert len(server.asked) == len({item.question for item in QUESTIONS.items})
    assert found.scores.overall.pair.value == 0.0
    assert found.scores.overall.single.value == 0.5


def test_repeats_are_scored_each_and_steadiness_is_counted(tmp_path: Path) -> None:
    right = {
        (item.pair_id, item.side, repeat): item.gold.upper()
        for item in QUESTIONS.items
        for repeat in (1, 2, 3)
    }
    asking = Asking(repeats=3, temperature=0.7)
    requests = requests_for(QUESTIONS, asking, Parrot.identity)
    by_key = {request.key: place for place, request in requests.items()}
    assert len(by_key) == 36

    def says(request: Request) -> str:
        pair_id, side, repeat = by_key[request.key]
        wrong = repeat == 2 and pair_id <= 3 and side == "first"
        letter = right[pair_id, side, repeat]  # type: ignore[index]
        return {"A": "B", "B": "A"}[letter] if wrong else letter

    found, answers = scored(tmp_path, asking, says)
    assert [share.value for share in found.repeats] == [1.0, 0.5, 1.0]
    assert (found.steady.n, found.steady.total) == (9, 12)
    write_evaluation(tmp_path, found, QUESTIONS, answers)
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == 36


def test_the_score_moves_with_the_grader(tmp_path: Path) -> None:
    answers: Answers = {
        (item.pair_id, item.side, 1): Answer(text=f"({item.gold})") for item in QUESTIONS.items
    }
    found = evaluate(QUESTIONS, answers, model="m", grader_name="vlmevalkit")
    moved = {name: one.pair.value for name, one in found.by_grader.items()}
    assert moved == {
        "strict": 1.0,
        "option-text": 0.0,
        "vlmevalkit": 0.0,
        "lmms-eval": 1.0,
        "cambrian": 1.0,
        "internvl": 0.0,
    }
    assert found.scores.overall.pair.value == 0.0
    assert found.scores.ungradable.n == 12


@pytest.mark.parametrize("swap", [False, True])
def test_what_is_written_is_read_back_and_fits_the_authors_grader(
    tmp_path: Path, swap: bool
) -> None:
    asking = Asking(swap_options=swap, style="paper")
    found, answers = scored(tmp_path, asking, lambda request: "B" if "2" in request.prompt else "A")
    write_evaluation(tmp_path, found, QUESTIONS, answers)
    assert read_answers(tmp_path / "answers.jsonl", QUESTIONS) == answers
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [line["question_id"] for line in lines] == list(range(1, 13))
    for line, item in zip(lines, QUESTIONS.items, strict=True):
        assert line["prompt"] == asking.prompt(item)
        shown = {"(a)": item.option_a, "(b)": item.option_b}
        letter = {"(a)": "(b)", "(b)": "(a)"}[line["answer"]] if swap else line["answer"]
        right = item.option_a if item.gold == "a" else item.option_b
        assert shown[letter] == right
        assert line["right"] == (line["chosen"] == item.gold)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["scores"]["overall"]["pair"]["total"] == 6
    assert scores["chance"] == 0.25
    assert scores["human"] == 0.957
    assert scores["asking"]["style"] == "paper"


def test_ways_to_ask_that_do_not_go_together() -> None:
    with pytest.raises(BadAsking, match="no order to swap"):
        Asking(swap_images=True)
    with pytest.raises(BadAsking, match="without images"):
        Asking(no_image=True, both_images=True)
    with pytest.raises(BadAsking, match="at least once"):
        Asking(repeats=0)


CONTENTS = [
    ('[{"type": "text", "text": "A"}, {"type": "text", "text": "."}]', "A."),
    ("null", ""),
    ('""', ""),
]


@pytest.mark.parametrize(("content", "expected"), CONTENTS)
def test_other_forms_of_an_answer(content: str, expected: str) -> None:
    data = f'{{"choices": [{{"message": {{"content": {content}}}}}]}}'.encode()
    with serving(ChatServer(lambda _asked: "", lambda _a, _n: data)) as server:
        client = ChatClient(server.url)
        (request, *_) = requests_for(QUESTIONS, Asking(), {}).values()
        reply = EndpointModel(client, "tiny").ask(request)
        client.close()
    assert reply == Reply(text=expected)
    body = server.asked[0].body
    assert body["messages"][0]["content"][-1]["text"] == request.prompt


def test_fields_of_the_request_can_be_added_and_taken_away() -> None:
    asking = Asking(body={"max_tokens": None, "max_completion_tokens": 7, "temperature": None})
    (request, *_) = requests_for(QUESTIONS, asking, {}).values()
    with serving(ChatServer(lambda _asked: "A")) as server:
        client = ChatClient(server.url)
        EndpointModel(client, "tiny").ask(request)
        client.close()
    assert set(server.asked[0].body) == {"model", "messages", "max_completion_tokens"}
