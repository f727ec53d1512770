"""Options called otherwise than A and B: asked so, and read back by every grader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.graders import GRADERS
from evaluation.items import Item
from evaluation.mllms.asking import Answer, Asking, BadAsking
from evaluation.mllms.letters import as_a_and_b
from tests.evaluation.question_sets import question_set

ITEM = question_set(1).items[0]
FORMS = ("{0}", "{0}.", "({0})", "{0}. {1}", "({0}) {1}", "The answer is {0}.", "**{0}**", "{1}")
LETTERS = ("CD", "XY", "12", "QZ", "90")


@pytest.mark.parametrize("letters", LETTERS)
def test_the_prompt_uses_them(letters: str) -> None:
    one, other = tuple(letters)
    prompt = Asking(letters=letters).prompt(ITEM)
    assert f"\n{one}. {ITEM.option_a}\n{other}. {ITEM.option_b}\n" in prompt
    assert ("number" if one.isdecimal() else "letter") in prompt
    paper = Asking(letters=letters, style="paper").prompt(ITEM)
    assert f"({one.lower()}) {ITEM.option_a} ({other.lower()}) {ITEM.option_b}" in paper
    assert letters[0] in Asking(letters=letters).label


@given(
    letters=st.sampled_from(LETTERS), form=st.sampled_from(FORMS), first=st.booleans(),
    swapped=st.booleans(), rule=st.sampled_from(sorted(GRADERS)),
)  # fmt: skip
def test_every_grader_reads_them_as_it_reads_a_and_b(
    letters: str, form: str, first: bool, swapped: bool, rule: str
) -> None:
    """What a grader makes of an answer does not depend on what the options are called."""
    shown = (ITEM.option_b, ITEM.option_a) if swapped else (ITEM.option_a, ITEM.option_b)
    said = shown[0 if first else 1]
    plain = Answer(text=form.format("AB"[0 if first else 1], said), swapped=swapped)
    other = Answer(
        text=form.format(letters[0 if first else 1], said), swapped=swapped, letters=letters
    )
    assert other.read(ITEM, GRADERS[rule]) == plain.read(ITEM, GRADERS[rule])


@given(st.text("ABab12XYxy .,()", max_size=30), st.sampled_from(LETTERS))
def test_exchanging_twice_gives_the_text_back(text: str, letters: str) -> None:
    twice = as_a_and_b(as_a_and_b(text, letters), letters)
    assert twice.upper() == text.upper()  # a digit is neither large nor small


def test_options_that_are_numbers_stay_apart_from_letters_that_are() -> None:
    item = Item(
        pair_id=1, side="first", row=1, question="How many?", option_a="2 cats", option_b="1 cat",
        gold="a", pattern=None, image="",
    )  # fmt: skip
    read = GRADERS["strict"]
    assert Answer(text="2 cats", letters="12").read(item, read) == "a"
    assert Answer(text="2", letters="12").read(item, read) == "b"
    assert Answer(text="A", letters="12").read(item, read) is None


@pytest.mark.parametrize("letters", ["A", "ABC", "xy", "XX", "X1", "BA", "AX", "é1", "  "])
def test_what_cannot_be_letters_is_refused(letters: str) -> None:
    with pytest.raises(BadAsking):
        Asking(letters=letters)


def test_a_run_says_how_it_was_asked() -> None:
    assert Asking().label == ""
    varied = Asking(
        style="paper", swap_options=True, letters="XY", both_images=True, swap_images=True,
        temperature=0.7, repeats=5,
    )  # fmt: skip
    assert varied.label == (
        "paper's prompt, options swapped, letters X and Y, both images, second first, "
        "temperature 0.7, 5 repeats"
    )
    assert Asking(no_image=True).label == "no image"
