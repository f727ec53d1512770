"""All that a setting of the miniature is trained and tested on, prepared once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assets import asset
from embeddings.encoder import PatchEncoder, load_encoder, supports_patches
from embeddings.errors import EmbeddingsError
from evaluation.mof.packing import Packed, Turn, Words, pack, training_rows
from evaluation.mof.questions import SceneQuestion, asked_openly
from evaluation.mof.scenes import (
    ORDINARY_SERIES,
    PAIR_SERIES,
    TRAINING_SERIES,
    BlindPair,
    Tokens,
    drawn,
    free_scenes,
    mine_pairs,
    ordinary_scenes,
    see,
)

LONGEST: Final = 28  # ids of one question with options and its answer


class Seen(StrEnum):
    """What the language model gets of an image from each encoder.

    ``patches`` are the paper's: a token for each patch. ``vector`` is one token, the very vector
    of the whole image that the pairs are mined by.
    """

    patches = "patches"
    vector = "vector"


@dataclass(frozen=True)
class Amounts:
    """How much is drawn.

    Attributes:
        training: scenes to learn from, each in ``rows_each`` rows of ``length`` ids.
        ordinary: scenes of the instruction set, each with all its questions.
        searched: scenes that blind pairs are mined from; at most ``pairs`` are used.
    """

    training: int = 6000
    rows_each: int = 3
    length: int = 64
    ordinary: int = 500
    searched: int = 4000
    pairs: int = 600


@dataclass(frozen=True)
class Material:
    """Tokens of both frozen encoders and the questions about them."""

    training: Tokens
    ordinary: Tokens
    searched: Tokens
    pairs: list[BlindPair]
    encoders: dict[str, str]

    def instruction_questions(self) -> list[tuple[int, SceneQuestion]]:
        """(row, question) for every question about every ordinary scene."""
        return [
            (row, question)
            for row, scene in enumerate(self.ordinary.scenes)
            for question in asked_openly(scene)
        ]


def demo_encoders(device: str) -> tuple[PatchEncoder, PatchEncoder]:
    """The demo's tiny CLIP, which is the blind one, and its tiny DINO."""
    folder = asset("demo")
    specs = f"open_clip:local-dir:{folder / 'clip'}", f"hf:{folder / 'dino'}"
    return _with_patches(specs[0], device), _with_patches(specs[1], device)


def _with_patches(spec: str, device: str) -> PatchEncoder:
    encoder = load_encoder(spec, device=device)
    if not supports_patches(encoder):
        raise EmbeddingsError("this encoder gives no patch features.", where=spec)
    return encoder


def prepare(
    amounts: Amounts,
    *,
    device: str,
    seen: Seen = Seen.patches,
    progress: Callable[[str], None] | None = None,
) -> Material:
    """Draw the scenes, embed them and mine the pairs."""
    say = progress or (lambda _: None)
    encoders = demo_encoders(device)
    sets = (
        free_scenes(amounts.training, TRAINING_SERIES),
        ordinary_scenes(amounts.ordinary, ORDINARY_SERIES),
        ordinary_scenes(amounts.searched, PAIR_SERIES),
    )
    scenes = [scene for one in sets for scene in one]
    say(f"draws {len(scenes):,} scenes")
    pictures = drawn(scenes)
    say("embeds them")
    first, second = len(sets[0]), len(sets[0]) + len(sets[1])
    as_one = seen is Seen.vector
    training = see(sets[0], pictures[:first], encoders, vectors=as_one)
    ordinary = see(sets[1], pictures[first:second], encoders, vectors=as_one)
    searched = see(sets[2], pictures[second:], encoders, vectors=True)
    say("mines the blind pairs")
    pairs = []
    if searched.vectors is not None:
        shown = pictures[second:]
        pairs = mine_pairs(shown, searched.scenes, searched.vectors, limit=amounts.pairs)
    if as_one:
        training, ordinary, searched = (one.as_one() for one in (training, ordinary, searched))
    digests = {"blind": encoders[0].weights_digest, "reference": encoders[1].weights_digest}
    return Material(training, ordinary, searched, pairs, digests)


def texts(material: Material, amounts: Amounts, words: Words) -> tuple[Packed, Packed, Packed]:
    """Training rows, instruction questions and pair questions as token ids."""
    training = training_rows(
        material.training.scenes,
        words,
        rows_each=amounts.rows_each,
        length=amounts.length,
        seed=0,
    )
    turns: dict[int, list[Turn]] = defaultdict(list)
    for row, question in material.instruction_questions():
        turns[row].append(words.turn(question.text, question.answer))
    instruction = pack(list(turns.items()), max(_length(own) for own in turns.values()))
    pairs = pack(
        [
            (row, [words.turn(question.text, question.answer)])
            for pair in material.pairs
            for row, question in zip(pair.rows, pair.questions, strict=True)
        ],
        LONGEST,
    )
    return training, instruction, pairs


def _length(turns: Sequence[Turn]) -> int:
    return sum(len(ids) for ids, _ in turns)


def caption_knows(material: Material) -> list[bool]:
    """Which instruction questions a reader of the caption gets right without seeing a detail.

    It says what is most often right in the searched scenes of the same caption, which are drawn as
    the ordinary ones are. About a pair of one caption it says the same twice, so that it answers
    no such pair.
    """
    usual: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for scene in material.searched.scenes:
        for question in asked_openly(scene):
            usual[scene.caption, question.text][question.answer] += 1
    scenes = material.ordinary.scenes
    return [
        _likeliest(usual[scenes[row].caption, question.text]) == question.answer
        for row, question in material.instruction_questions()
    ]


def _likeliest(answers: Counter[str]) -> str:
    return min(answers, key=lambda answer: (-answers[answer], answer)) if answers else ""
