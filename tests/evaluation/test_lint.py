"""What is said about a question while it is being written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas._libs.parsers import STR_NA_VALUES

from evaluation.benchmark import Question
from evaluation.errors import InvalidQuestion
from evaluation.findings import Finding
from evaluation.lint import lint_question
from evaluation.wording import READ_AS_MISSING

GOOD = ("Is the door open or shut?", "Open", "Shut", "a", "b", "state")
FIELDS = ("text", "option_a", "option_b", "answer_first", "answer_second", "pattern")


def lint(**changes: str | None) -> list[Finding]:
    given_values = dict(zip(FIELDS, GOOD, strict=True)) | changes
    return lint_question(*(given_values[field] for field in FIELDS))


def test_a_good_question_gets_no_remark() -> None:
    assert lint() == []


def test_an_empty_form_asks_for_everything_that_is_missing() -> None:
    for nothing in ("", None):
        found = lint_question(*[nothing] * 6)
        assert [finding.level for finding in found] == ["error"] * 5
        assert [f.field for f in found] == ["text", "option_a", "option_b", "answers", "pattern"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"option_a": "Open (wide)"}, "option_a"),
        ({"option_b": "Shut)"}, "option_b"),
        ({"option_b": "Open"}, "option_b"),
        ({"option_b": "open"}, "option_b"),
        ({"option_a": "Half open", "option_b": "half  Open"}, "option_b"),
        ({"answer_second": "a"}, "answers"),
        ({"answer_first": None}, "answers"),
        ({"pattern": "smell"}, "pattern"),
        ({"text": "Open\nor shut?"}, "text"),
    ],
)
def test_errors(changes: dict[str, str | None], field: str) -> None:
    errors = [finding for finding in lint(**changes) if finding.level == "error"]
    assert [finding.field for finding in errors] == [field]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"text": "The door is"}, "text", "question mark"),
        ({"text": "Is the door in the left image open or shut?"}, "text", "“left image”"),
        ({"text": "Is the door open or shut in the second picture?"}, "text", "one image"),
        ({"text": "Is the door open or shut in both images?"}, "text", "“both images”"),
        ({"text": "Which photo has an open or shut door?"}, "text", "“Which photo”"),
        ({"text": "In image 2, is the door open or shut?"}, "text", "“image 2”"),
        (
            {"option_b": "Shut in the first image", "text": "How is it?"},
            "option_b",
            "“first image”",
        ),
        ({"text": "x" * 113 + "?"}, "text", "114 characters, more than any"),
        ({"text": "x" * 200 + "?"}, "text", "one short sentence"),
        ({"option_a": "x" * 61, "text": "How is it?"}, "option_a", "61 characters"),
        ({"option_a": "a) Open", "text": "How is it?"}, "option_a", "letter of its own"),
        ({"option_b": "B. Shut", "text": "How is it?"}, "option_b", "letter of its own"),
        ({"option_b": "B", "text": "Which letter?"}, "option_b", "itself a letter"),
        ({"text": "Is it (a) open or (b) shut?"}, "text", "added after it"),
        ({"option_b": "None", "text": "How is it?"}, "option_b", "empty field"),
        ({"text": "Is the door open?"}, "option_a", "suggests an answer"),
        ({"option_b": "Open!"}, "option_b", "only in punctuation"),
        ({"option_a": 'A "red" door', "text": "Which one?"}, "option_a", "double quotes"),
        ({"option_a": "The red door", "option_b": "A red door."}, "option_b", "almost the same"),
        ({"option_b": "Opened", "option_a": "Openned"}, "option_b", "almost the same"),
        ({"option_b": "Shut "}, "option_b", "beginning or end"),
        ({"text": "Is it  open or shut?"}, "text", "several spaces"),
    ],
)
def test_advice(changes: dict[str, str | None], field: str, said: str) -> None:
    advice = [finding for finding in lint(**changes) if finding.level == "advice"]
    assert any(finding.field == field and said in finding.message for finding in advice), advice


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Is there a door in the image?", "option_a": "Yes", "option_b": "No"},
        {"text": "How many?", "option_a": "3 legs", "option_b": "4 legs"},
        {"text": "Which sign is it?", "option_a": "+", "option_b": "-"},
        {
            "text": "Is the dog on the left or on the right?",
            "option_a": "Left",
            "option_b": "Right",
        },
        {"text": "Is the person in the photo a child?", "option_a": "Yes", "option_b": "No"},
        {"text": "Is there no lid?", "option_a": "Yes", "option_b": "No"},
        {"text": "Wie viele Türen?", "option_a": "Zwölf", "option_b": "Elf"},
        {"text": "x" * 112 + "?"},
    ],
)
def test_no_false_alarm(changes: dict[str, str | None]) -> None:
    assert lint(**changes) == []


@pytest.mark.parametrize(
    ("changes", "fixed"),
    [
        ({"option_a": "Open (wide)"}, {"option_a": "Open, wide"}),
        ({"option_b": "(Shut)"}, {"option_b": "Shut"}),
        ({"answer_second": "a"}, {"answer_second": "b"}),
        ({"text": "Is the door\nopen or shut?"}, {"text": "Is the door open or shut?"}),
        ({"text": "Is the door open or shut."}, {"text": "Is the door open or shut?"}),
        ({"text": "Is the door open?"}, {"text": "Is the door open or shut?"}),
        ({"text": "Is it SHUT?"}, {"text": "Is it SHUT or Open?"}),
        ({"text": "Is it (a) open or (b) shut?"}, {"text": "Is it open or shut?"}),
        ({"option_b": "b) Shut"}, {"option_b": "Shut"}),
        ({"option_b": "Shut "}, {"option_b": "Shut"}),
        ({"option_b": "None"}, {"option_b": "None at all"}),
        ({"option_b": "N/A"}, {"option_b": "Not applicable"}),
        ({"text": 'Is the "Z" open or shut?'}, {"text": "Is the 'Z' open or shut?"}),
    ],
)
def test_one_click_puts_it_right(changes: dict[str, str | None], fixed: dict[str, str]) -> None:
    with_fix = [finding for finding in lint(**changes) if finding.fix is not None]
    assert fixed in [dict(one.fix.fields) for one in with_fix if one.fix is not None]


def test_what_no_other_words_are_known_for_has_no_fix() -> None:
    (finding,) = [one for one in lint(option_b="#NA") if "empty field" in one.message]
    assert finding.fix is None


def test_words_that_pandas_reads_as_missing() -> None:
    assert STR_NA_VALUES - {""} == READ_AS_MISSING


anything = st.text(max_size=30) | st.sampled_from(["a", "b", "Open", "(a)", "", " "])


@given(anything, anything, anything, anything, anything, anything)
def test_errors_are_exactly_what_cannot_be_built(
    text: str, option_a: str, option_b: str, first: str, second: str, pattern: str
) -> None:
    found = lint_question(text, option_a, option_b, first, second, pattern)
    assert {finding.field for finding in found} <= {*FIELDS[:3], "answers", "pattern"}
    levels = [finding.level for finding in found]
    assert levels == sorted(levels, reverse=True), "errors come first"
    assert all(finding.message.endswith(".") for finding in found)
    hard = [f for f in found if f.level == "error" and f.field != "pattern"]
    hard = [f for f in hard if "parentheses" not in f.message and "capital" not in f.message]
    assert refusals(text, option_a, option_b, first, second) == [f.message for f in hard]


@given(anything, anything, anything, st.sampled_from(["a", "b", ""]), st.sampled_from("ab"))
def test_a_fix_takes_its_own_remark_away(
    text: str, option_a: str, option_b: str, first: str, second: str
) -> None:
    before = dict(zip(FIELDS, (text, option_a, option_b, first, second, "state"), strict=True))
    for finding in lint_question(**before):
        if finding.fix is not None:
            after = before | dict(finding.fix.fields)
            assert after != before
            assert finding.message not in [one.message for one in lint_question(**after)]


def refusals(text: str, option_a: str, option_b: str, first: str, second: str) -> list[str]:
    try:
        Question(
            text=text,
            option_a=option_a,
            option_b=option_b,
            answer_first=first,  # type: ignore[arg-type]
            answer_second=second,  # type: ignore[arg-type]
        )
    except InvalidQuestion as error:
        return [problem.message for problem in error.problems]
    return []
