"""Questions about the demo's scenes, made from the factors that each scene was drawn with."""

import random
from dataclasses import dataclass
from typing import Final

from embeddings.demo.factors import PATTERN_OF_FACTOR, Value
from embeddings.demo.scenery import SETTINGS, Sway
from embeddings.demo.scenes import KINDS, Scene

OBJECT: Final = "object"
PLACE: Final = "place"
NAMED_BY_CAPTIONS: Final = (OBJECT, PLACE)

# What is asked about a detail; {thing} is the scene's main object.
_ASKED: Final = {
    "facing": "which way does the {thing} face ?",
    "pointing": "which way does the {thing} point ?",
    "extra": "what is there besides the {thing} ?",
    "state": "in which state is the {thing} ?",
    "lights": "are the lights of the {thing} lit or dark ?",
    "count": "how many of the {counted} are there ?",
    "position": "where is the {thing} ?",
    "colour": "what colour is the {coloured} ?",
    "shape": "which shape has the {shaped} ?",
    "word": "what does the {thing} say ?",
    "view": "how is the {thing} seen ?",
}
_COUNTED: Final = {
    "house": "windows",
    "shop": "plants",
    "sign": "flowers",
    "snowman": "buttons",
    "boat": "birds",
    "cake": "candles",
    "lamp": "books",
}
_COLOURED: Final = {
    "pet and box": "box",
    "bird and tree": "tree",
    "house": "roof",
    "snowman": "scarf",
    "boat": "sail",
}
_SHAPED: Final = {
    "animal": "tail",
    "pet and box": "box",
    "bird and tree": "tree",
    "house": "roof",
    "boat": "sail",
    "apples": "basket",
}
_NUMBERS: Final = ("none", "one", "two", "three", "four", "five")


@dataclass(frozen=True)
class SceneQuestion:
    """A question with its short answer; ``about`` is ``object``, ``place`` or a detail factor."""

    about: str
    text: str
    answer: str


@dataclass(frozen=True)
class Options:
    """A question with two options, (a) and (b); ``answer`` is the right one's text.

    MMVP takes an option's text for an answer as well as its letter. The tiny model is asked for
    the text: to learn what letters stand for would take most of its training.
    """

    about: str
    text: str
    answer: str


def asked_openly(scene: Scene) -> list[SceneQuestion]:
    """What is in the picture, where it is, and each detail that can be seen."""
    found = [
        SceneQuestion(OBJECT, "what is in the picture ?", scene.label),
        SceneQuestion(PLACE, "where is this ?", place_of(scene)),
    ]
    found += [
        SceneQuestion(name, question_text(scene, name), said(value))
        for name, value in scene.factors.items()
    ]
    return found


def place_of(scene: Scene) -> str:
    """The setting in a caption's words, such as ``in a meadow``."""
    return SETTINGS[scene.setting][0]


def question_text(scene: Scene, about: str) -> str:
    """The open question about one detail of a scene of this kind."""
    kind, thing = scene.kind, scene.label
    return _ASKED[about].format(
        thing=thing,
        counted=_COUNTED.get(kind, thing),
        coloured=_COLOURED.get(kind, thing),
        shaped=_SHAPED.get(kind, thing),
    )


def said(value: Value) -> str:
    """A factor's value in words, small letters."""
    return _NUMBERS[value] if isinstance(value, int) else value.lower()


def with_options(scene: Scene, about: str, other: str, *, right_is_a: bool) -> Options:
    """A question about one detail whose wrong option is ``other``."""
    right = said(scene.factors[about])
    a, b = (right, other) if right_is_a else (other, right)
    text = f"{question_text(scene, about)} (a) {a} (b) {b}"
    return Options(about, text, right)


def any_options(scene: Scene, chance: random.Random) -> Options:
    """A question with options about a detail of the scene, both drawn by chance."""
    about = chance.choice(list(scene.factors))
    values = next(f.values for f in KINDS[scene.kind].factors if f.name == about)
    others = [said(value) for value in values if value != scene.factors[about]]
    return with_options(scene, about, chance.choice(others), right_is_a=chance.random() < 0.5)


def differing(first: Scene, second: Scene) -> list[str]:
    """Details that two scenes of one kind both show, and show differently."""
    if (first.kind, first.label) != (second.kind, second.label):
        return []
    return [
        name
        for name in PATTERN_OF_FACTOR
        if name in first.factors
        and name in second.factors
        and first.factors[name] != second.factors[name]
    ]


def pair_questions(
    first: Scene, second: Scene, chance: random.Random
) -> tuple[Options, Options] | None:
    """The same two-option question for both scenes, about a detail in which they differ.

    The right answer is (a) for one of them and (b) for the other; None if no detail differs.
    """
    names = differing(first, second)
    if not names:
        return None
    about = chance.choice(names)
    one, two = said(first.factors[about]), said(second.factors[about])
    first_is_a = chance.random() < 0.5
    return (
        with_options(first, about, two, right_is_a=first_is_a),
        with_options(second, about, one, right_is_a=not first_is_a),
    )


def every_word() -> list[str]:
    """All words of all questions and answers, sorted."""
    words = {"(a)", "(b)"}
    for kind in KINDS.values():
        for label in kind.subjects.values():
            for setting in kind.settings:
                factors = {factor.name: factor.values[0] for factor in kind.factors}
                scene = Scene(kind.name, "", setting, label, factors, Sway(0, 0), (0, 0, 0))
                for question in asked_openly(scene):
                    words.update(question.text.split(), question.answer.split())
        for factor in kind.factors:
            words.update(word for value in factor.values for word in said(value).split())
    return sorted(words)
