"""Questions with an option as statements for a text tower."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statements import PREFIX, statements, with_digits, with_number_words


@pytest.mark.parametrize(
    ("question", "options", "said"),
    [
        ("Is the door open or shut?", ("Open", "Shut"), ("the door open", "the door shut")),
        (
            "Is the dog on the left or on the right?",
            ("Left", "Right"),
            ("the dog on the left", "the dog on the right"),
        ),
        (
            "Is the fork left or right of the plate?",
            ("Right", "Left"),
            ("the fork right of the plate", "the fork left of the plate"),
        ),
        ("Is the door open?", ("Shut", "Open"), ("the door shut", "the door open")),
        ("How many eggs are there?", ("Two", "3"), ("two eggs are there", "3 eggs are there")),
        ("Is there a lid on the pot?", ("Yes", "No"), ("a lid on the pot", "no lid on the pot")),
        (
            "Does the dog have a collar?",
            ("No", "Yes"),
            ("the dog without collar", "the dog with a collar"),
        ),
        (
            "Where is the cat?",
            ("On the sofa", "Outside"),
            ("the cat on the sofa", "the cat outside"),
        ),
        ("What color is the van?", ("Red", "Blue"), ("the van is red", "the van is blue")),
        ("Is the lake frozen?", ("Yes", "No"), ("the lake frozen", "the lake not frozen")),
        (
            "What does the sign say?",
            ("STOP", "Go"),
            ("What does the sign say? STOP", "What does the sign say? Go"),
        ),
        ("", ("Red roof", "Blue roof"), ("red roof", "blue roof")),
    ],
)
def test_statements(question: str, options: tuple[str, str], said: tuple[str, str]) -> None:
    assert statements(question, *options) == (PREFIX + said[0], PREFIX + said[1])


def test_numbers_in_words_and_in_digits() -> None:
    assert with_digits("Three dogs and twenty cats") == "3 dogs and 20 cats"
    assert with_number_words("3 dogs and 20 cats") == "three dogs and twenty cats"
    assert with_number_words("3.5 km, 21 of 7") == "3.5 km, 21 of seven"
    assert with_digits("someone often") == "someone often"


line = st.text(st.characters(codec="utf-8"), max_size=60)


@given(line, line, line)
def test_any_words_make_two_statements_in_the_options_order(q: str, a: str, b: str) -> None:
    one, other = statements(q, a, b)
    assert one.startswith(PREFIX)
    assert other.startswith(PREFIX)
    if {a.strip(" .").casefold(), b.strip(" .").casefold()} == {"yes", "no"}:
        assert statements(q, b, a) == (other, one)
