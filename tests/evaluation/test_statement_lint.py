"""The remarks about statements for MMVP-VLM."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.clip_tokens import CONTEXT, count_tokens
from evaluation.findings import Draft
from evaluation.statement_lint import check_statements
from evaluation.statements import PREFIX, image_statements, statements

DOOR = Draft("Is the door open or closed?", "Open", "Closed", "b", "a")


def told(first: str = "", second: str = "", draft: Draft = DOOR) -> list[tuple[str, str, str]]:
    found = check_statements(draft, first, second).findings
    return [(one.level, one.field, one.message) for one in found]


def test_what_nobody_wrote_follows_from_the_question_and_the_answers() -> None:
    images = check_statements(DOOR).images
    assert images["first"].text == images["first"].suggested == "the door closed"
    assert images["second"].text == "the door open"
    assert images["first"].tokens == count_tokens("a photo of the door closed") == 8
    assert told() == []


def test_own_words_come_first_and_are_kept() -> None:
    images = check_statements(DOOR, "a closed door").images
    assert (images["first"].text, images["first"].suggested) == ("a closed door", "the door closed")
    assert images["second"].text == "the door open"
    assert told("a closed door", "an opened door") == []


@pytest.mark.parametrize("draft", [Draft(), Draft("Is it?", "Yes", "No"), Draft("", "", "", "a")])
def test_without_options_and_answers_there_is_none(draft: Draft) -> None:
    assert check_statements(draft).images == {}
    ((level, field, _),) = told("cat " * 80, draft=draft)
    assert (level, field) == ("error", "statement_first")


def test_too_long_is_an_error_only_for_what_a_person_wrote() -> None:
    long = "closed " * 73
    ((level, field, message),) = told(long)
    assert (level, field) == ("error", "statement_first")
    assert "has 78 of CLIP's 77 tokens" in message
    assert told("closed " * 72) == []
    wordy = Draft("Is the " + "very " * 80 + "old door open or closed?", "Open", "Closed", "a", "b")
    assert {level for level, _, _ in told(draft=wordy)} == {"advice"}


def test_equal_statements_tell_nothing_apart() -> None:
    for first in ("An open door", "The door open"):
        found = told(first, "an open  door." if first == "An open door" else "")
        assert ("error", "statement_second") in [one[:2] for one in found]


def test_a_statement_should_mention_the_answer() -> None:
    (one,) = told("a wooden door")
    assert one[:2] == ("advice", "statement_first")
    assert "“Closed”" in one[2]
    dogs = Draft("How many dogs are there?", "2", "Three", "a", "b")
    assert told("two dogs", "3 dogs", dogs) == []
    assert told("a cat", "no cat", Draft("Is there a cat?", "Yes", "No", "a", "b")) == []


def test_the_prefix_stands_there_once() -> None:
    (one,) = check_statements(DOOR, "A photo of a closed door").findings
    assert one.level == "advice"
    assert one.fix is not None
    assert one.fix.fields == {"statement_first": "a closed door"}


def test_a_statement_is_one_line() -> None:
    ((level, field, message),) = told("a closed\ndoor")
    assert (level, field) == ("error", "statement_first")
    assert "a line break" in message


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(text=TEXT, a=TEXT, b=TEXT, first=TEXT, second=TEXT, answer=st.sampled_from(["", "a", "b"]))
def test_any_text_is_checked(
    text: str, a: str, b: str, first: str, second: str, answer: str
) -> None:
    other = {"a": "b", "b": "a"}.get(answer, "")
    found = check_statements(Draft(text, a, b, answer, other), first, second)
    for side, own in (("first", first.strip()), ("second", second.strip())):
        if side in found.images:
            assert found.images[side].text == (own or found.images[side].suggested)
            assert (found.images[side].tokens > CONTEXT) == any(
                f"{CONTEXT} tokens" in one.message and one.field == f"statement_{side}"
                for one in found.findings
            )


@given(text=TEXT, a=TEXT, b=TEXT)
def test_the_statements_of_the_images_are_those_of_their_options(text: str, a: str, b: str) -> None:
    of_a, of_b = statements(text, a, b)
    assert tuple(PREFIX + one for one in image_statements(text, a, b, "a")) == (of_a, of_b)
    assert tuple(PREFIX + one for one in image_statements(text, a, b, "b")) == (of_b, of_a)
