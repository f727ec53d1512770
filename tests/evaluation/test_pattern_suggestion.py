"""Guessing the visual pattern from a question's words."""

from dataclasses import replace

from evaluation.pattern_suggestion import (
    SURE_ENOUGH,
    load_labelled,
    pattern_guesser,
)
from evaluation.patterns import PatternExample, PatternSet, VisualPattern, load_patterns


def test_the_two_sets_are_whole_and_share_no_question() -> None:
    labelled, held_out = load_labelled(), load_labelled("held_out")
    assert {one.pattern for one in labelled} == set(load_patterns().slugs)
    assert {one.pattern for one in held_out} == set(load_patterns().slugs)
    questions = [one.question.casefold() for one in (*labelled, *held_out)]
    assert len(set(questions)) == len(questions)
    assert all(one.option_a.casefold() != one.option_b.casefold() for one in labelled)


def test_most_held_out_sentences_are_guessed_and_almost_all_it_is_sure_of() -> None:
    guesser = pattern_guesser(load_patterns())
    guesses = [
        (one.pattern, guesser.guess(one.question, one.option_a, one.option_b))
        for one in load_labelled("held_out")
    ]
    right = [wanted == found.pattern for wanted, found in guesses]
    sure = [wanted == found.pattern for wanted, found in guesses if found.probability > SURE_ENOUGH]
    assert sum(right) >= 0.75 * len(right)
    assert sum(sure) >= 0.9 * len(sure) > 0.5 * len(right)


def test_a_set_of_its_own_is_guessed_from_its_examples() -> None:
    smell = VisualPattern(
        slug="smell",
        name="Smell and Steam",
        folder="Smell",
        definition="Whether something gives off steam, vapour or a smell.",
        example=PatternExample(question="Does steam rise from it?", option_a="Yes", option_b="No"),
    )
    state = load_patterns()["state"]
    guesser = pattern_guesser(PatternSet("ours", (smell, replace(state, slug="state"))))
    assert guesser.guess("Does steam rise from the soup?", "Yes", "No").pattern == "smell"
    assert guesser.guess("Is the door open or shut?", "Open", "Shut").pattern == "state"
