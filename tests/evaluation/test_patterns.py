"""The nine visual patterns, and what a pattern file must hold."""

import pytest

from evaluation.errors import InvalidPatterns
from evaluation.lint import lint_question
from evaluation.patterns import VisualPattern, load_patterns, parse_patterns

BLOCK = """
[[pattern]]
slug = "smell"
name = "Smell"
folder = "Smell"
definition = "What it smells of."
[pattern.example]
question = "Is it ripe?"
option_a = "Ripe"
option_b = "Raw"
"""


def test_the_nine_patterns_keep_the_papers_order_and_the_clients_folders() -> None:
    patterns = load_patterns("mmvp")
    assert patterns.slugs == (
        "orientation", "presence", "state", "quantity", "position", "color", "structure", "text",
        "viewpoint",
    )  # fmt: skip
    assert [pattern.folder for pattern in patterns] == [
        "Orientation", "Presence", "State", "Quantity", "Spatial", "Color",
        "Structural Character", "Text", "Camera Perspective",
    ]  # fmt: skip
    assert len(patterns) == 9
    assert patterns["position"].name == "Positional and Relational Context"
    assert "text" in patterns
    assert "smell" not in patterns
    with pytest.raises(KeyError):
        patterns["smell"]


@pytest.mark.parametrize("pattern", load_patterns("mmvp"), ids=lambda pattern: pattern.slug)
def test_definitions_are_one_sentence_and_examples_are_beyond_reproach(
    pattern: VisualPattern,
) -> None:
    assert pattern.definition.endswith(".")
    assert pattern.definition.count(".") == 1
    example = pattern.example
    assert not lint_question(
        example.question, example.option_a, example.option_b, "a", "b", pattern.slug
    )


def test_a_set_of_ones_own_can_be_read() -> None:
    assert parse_patterns("nose", BLOCK).slugs == ("smell",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("pattern = 3", "cannot be read"),
        ("pattern = []", "no pattern"),
        ("[[pattern", "cannot be read"),
        (BLOCK.replace("definition", "meaning"), "pattern 1 cannot be read"),
        (BLOCK.replace('question = "Is it ripe?"', ""), "pattern 1 cannot be read"),
        (BLOCK + BLOCK, "'smell' comes twice"),
    ],
)
def test_a_damaged_set_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InvalidPatterns, match=said):
        parse_patterns("nose", text, where="nose.toml")


def test_an_unknown_set_says_which_there_are() -> None:
    with pytest.raises(InvalidPatterns, match="mmvp"):
        load_patterns("nose")
