"""Patterns found in questions: by a language model that misbehaves, and by clusters of words."""

import json
import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from embeddings.demo import blind_spec
from embeddings.encoder import load_encoder
from evaluation.discovery.agreement import agreement
from evaluation.discovery.answers import (
    Assignment,
    MalformedAnswerError,
    Proposal,
    read_assignments,
    read_proposals,
)
from evaluation.discovery.by_clusters import discover_by_clusters
from evaluation.discovery.by_model import Discovering, DiscoveryFailed, discover_by_model
from evaluation.discovery.discovered import (
    AskedQuestion,
    Discovery,
    TooFewQuestions,
    new_slugs,
    questions_of,
)
from evaluation.discovery.prompts import UnreadablePrompt, prompts_file, read_prompts
from evaluation.mllms.asking import RunStopped
from evaluation.mllms.chat import ChatClient
from evaluation.mllms.remembering import remembering
from evaluation.pattern_suggestion import load_labelled
from evaluation.vlm.evaluation import with_text_tower
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.evaluation.question_sets import question_set

LABELLED = [
    AskedQuestion(
        pair_id=n,
        question=one.question,
        option_a=one.option_a,
        option_b=one.option_b,
        label=one.pattern,
    )
    for n, one in enumerate(load_labelled(), 1)
]
FEW = [one for one in LABELLED if one.label in ("color", "quantity")][::4]
COLOURS_AND_COUNTS = [
    {"name": "Color", "definition": "What colour something has."},
    {"name": "Count", "definition": "How many there are."},
]


def dumps(**document: object) -> str:
    return json.dumps(document)


def knows_all(asked: Asked) -> str:
    """Answers both prompts right, from the labels."""
    if '"assignments"' not in asked.prompt:
        return f"Here you are:\n```json\n{dumps(patterns=COLOURS_AND_COUNTS)}\n```"
    names = {"color": "color", "quantity": "COUNT"}
    return dumps(
        assignments=[
            {"pair": one.pair_id, "pattern": names[one.label or ""], "confidence": 0.9}
            for one in FEW
            if f"\n{one.pair_id}. " in asked.prompt
        ]
    )


@pytest.fixture(name="server")
def running_server() -> Iterator[ChatServer]:
    with serving(ChatServer(knows_all)) as server:
        yield server


def found_by(server: ChatServer) -> Discovery:
    how = Discovering(model="tiny", prompts=read_prompts(), batch=4)
    client = ChatClient(server.url, first_backoff=0.01)
    try:
        return discover_by_model(FEW, client, how, benchmark="Ours")
    finally:
        client.close()


def test_a_model_proposes_batch_after_batch_and_then_assigns(server: ChatServer) -> None:
    found = found_by(server)
    n_batches = math.ceil(len(FEW) / 4)
    prompts = [asked.prompt for asked in server.asked]
    assert len(prompts) == 2 * n_batches
    assert "(none yet)" in prompts[0]
    assert "- Count: How many there are." in prompts[1], "goes on from the batch before"
    for one in FEW:
        assert sum(one.line in prompt for prompt in prompts) == 2
    assert {one.slug: len(one.members) for one in found.patterns} == {"color": 6, "count": 6}
    assert found.unassigned == ()
    assert found.agreement is not None
    assert found.agreement.adjusted_rand == found.agreement.best_match == 1.0
    document = json.loads(found.to_json())
    assert (document["kind"], document["found_by"]) == ("discovered-patterns", "tiny")
    assert document["patterns"][0]["members"][0]["confidence"] == 0.9


@pytest.mark.parametrize("n_paid", [1, 4])
def test_an_interrupted_run_goes_on_and_pays_nothing_twice(
    server: ChatServer, tmp_path: Path, n_paid: int
) -> None:
    how = Discovering(model="tiny", prompts=read_prompts(), batch=4)

    def run(server_url: str, most: int | None) -> Discovery:
        with (
            closing(ChatClient(server_url, first_backoff=0.01, max_requests=most)) as client,
            remembering(client, tmp_path / "log", server_url) as remembered,
        ):
            return discover_by_model(FEW, remembered, how, benchmark="Ours")

    with pytest.raises(RunStopped):
        run(server.url, n_paid)
    assert len(server.asked) == n_paid
    resumed = run(server.url, None)
    n_requests = 2 * math.ceil(len(FEW) / 4)
    assert len(server.asked) == n_requests
    assert len({asked.prompt for asked in server.asked}) == n_requests
    assert resumed == found_by(server)
    assert len(server.asked) == 2 * n_requests, "without a log all is asked again"
    with serving(ChatServer(knows_all)) as elsewhere:
        run(elsewhere.url, None)
        assert len(elsewhere.asked) == n_requests, "another server is another answer"


def test_a_malformed_answer_is_sent_back_with_the_reason() -> None:
    broken = iter(['{"patterns": [', dumps(patterns=[]), None])

    def says(asked: Asked) -> str:
        wrong = next(broken, None)
        return knows_all(asked) if wrong is None else wrong

    with serving(ChatServer(says)) as server:
        found = found_by(server)
    assert len(found.patterns) == 2
    told = [one.body["messages"] for one in server.asked[:3]]
    assert [len(messages) for messages in told] == [1, 3, 5]
    assert "it is not JSON" in told[1][-1]["content"]
    assert "0 patterns; between 1 and 12" in told[2][-1]["content"]


def test_a_model_that_never_answers_in_form_is_given_up() -> None:
    with (
        serving(ChatServer(lambda _: "Certainly! I see many patterns.")) as server,
        pytest.raises(DiscoveryFailed, match=r"cannot be read.*It begins with 'Certainly!"),
    ):
        found_by(server)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "object with a list"),
        ('{"patterns": {}}', "object with a list"),
        (dumps(patterns=[{"name": "A"}]), 'every entry needs a "definition"'),
        (dumps(patterns=[{"name": 3, "definition": "d"}]), 'every entry needs a "name"'),
        (dumps(patterns=[{"name": "x" * 99, "definition": "d"}]), "80 characters at most"),
        (dumps(patterns=[{"name": n, "definition": "d"} for n in ("A", "a ")]), "comes twice"),
        (dumps(patterns=[{"name": n, "definition": "d"} for n in "ABC"]), "it has 3 patterns"),
        (dumps(patterns=[{"name": "None", "definition": "d"}]), 'called "none"'),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_proposals_of_another_shape_are_refused(text: str, said: str) -> None:
    with pytest.raises(MalformedAnswerError, match=said):
        read_proposals(text, most=2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pair": 3}, "there is no question 3"),
        ({"pair": "1"}, "there is no question '1'"),
        ({"pair": True}, "there is no question True"),
        ({"pair": 2}, "question 2 comes twice"),
        ({"pattern": "Shape"}, "'shape' is none of the patterns"),
        ({"confidence": 1.5}, "from 0 to 1"),
        ({"confidence": math.nan}, "from 0 to 1"),
        ({"confidence": "high"}, "from 0 to 1"),
    ],
)
def test_assignments_of_another_shape_are_refused(changed: dict[str, Any], said: str) -> None:
    right = [{"pair": n, "pattern": "Color", "confidence": 1} for n in (1, 2)]
    assert len(read_assignments(dumps(assignments=right), ["Color"], [1, 2])) == 2
    wrong = [right[1], right[0] | changed]
    with pytest.raises(MalformedAnswerError, match=said):
        read_assignments(dumps(assignments=wrong), ["Color"], [1, 2])


def test_what_a_model_leaves_out_is_missing_and_none_is_no_pattern() -> None:
    text = dumps(assignments=[{"pair": 1, "pattern": "None", "confidence": 0.2}])
    with pytest.raises(MalformedAnswerError, match="questions 2, 3 are missing"):
        read_assignments(text, ["Color"], [1, 2, 3])
    assert read_assignments(text, ["Color"], [1]) == [Assignment(1, None, 0.2)]
    (one,) = read_proposals('Yes. {"patterns": [{"name": " A\\n b", "definition": "d"}]} Bye', 2)
    assert one == Proposal("A b", "d")


def test_prompts_are_editable_and_checked(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('repair = "Wrong: $reason"')
    assert read_prompts(own).repair == "Wrong: $reason"
    assert read_prompts(own).assign == read_prompts().assign
    assert read_prompts(prompts_file()) == read_prompts()
    for text, said in (
        ('repair = "Wrong."', r"repair needs \$reason"),
        ('assign = "$questions $patterns $other"', r"assign needs \$patterns, \$questions"),
        ('ask = "x"', "no prompt 'ask'"),
        ("repair = 3", "should be a text"),
        ("repair", "cannot be read"),
    ):
        own.write_text(text)
        with pytest.raises(UnreadablePrompt, match=said):
            read_prompts(own)


def test_clusters_of_our_own_sentences_agree_with_their_labels_better_than_chance() -> None:
    found = discover_by_clusters(LABELLED, benchmark="Ours", n_patterns=9)
    assert found == discover_by_clusters(LABELLED, benchmark="Ours", n_patterns=9)
    members = [member.pair_id for one in found.patterns for member in one.members]
    assert sorted(members) == [one.pair_id for one in LABELLED]
    assert found.agreement is not None
    assert (found.agreement.n_labels, found.agreement.n_found) == (9, 9)
    assert found.agreement.adjusted_rand > 0.1
    assert found.agreement.best_match > 0.3, "one in nine by chance"
    assert any("many" in one.name for one in found.patterns), "how many is what sets counts off"
    for one in found.patterns:
        sure = [member.confidence for member in one.members]
        assert sure == sorted(sure, reverse=True)
        assert 0 <= sure[-1] <= sure[0] <= 1


def test_clusters_of_an_encoders_text_tower_and_of_very_few_questions() -> None:
    tower = with_text_tower(load_encoder(blind_spec()))
    found = discover_by_clusters(FEW, benchmark="Ours", encoder=tower)
    assert found.found_by == "clusters of open_clip:local-dir:clip"
    assert sum(len(one.members) for one in found.patterns) == len(FEW)
    asked = AskedQuestion(pair_id=1, question="Is it?", option_a="a", option_b="b")
    same = [replace(asked, pair_id=n) for n in range(4)]
    (one,) = discover_by_clusters(same, benchmark="Same").patterns
    assert len(one.members) == 4
    with pytest.raises(TooFewQuestions, match="3 questions are too few"):
        questions_of(question_set(3))
    assert [one.label for one in questions_of(question_set(4))] == [
        "text", "quantity", "state", "text",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=30))
def test_agreement_is_sklearns_and_best_match_is_one_to_one(pairs: list[tuple[str, str]]) -> None:
    labels, found = [a for a, _ in pairs], [b for _, b in pairs]
    result = agreement([*labels, None], [*found, "x"])
    assert result is not None
    assert result.adjusted_rand == pytest.approx(adjusted_rand_score(labels, found))
    assert result.mutual_information == pytest.approx(normalized_mutual_info_score(labels, found))
    largest = max(pairs.count(pair) for pair in pairs)
    assert largest / len(pairs) <= result.best_match <= 1
    assert agreement([None], ["x"]) is None


def test_slugs_are_short_plain_and_never_twice() -> None:
    assert new_slugs(["How many?", "how many", "你好", "x" * 60], ["how-many"]) == [
        "how-many-2", "how-many-3", "pattern", "x" * 40,
    ]  # fmt: skip
