"""All that a setting of the miniature is trained and tested on, prepared once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    amounts: Amounts, *, device: str, progress: Callable[[str], None] | None = None
) -> Material:
    """Draw the scenes, embed their patches and mine the pairs."""
    say = progress or (lambda _: None)
    blind, reference = demo_encoders(device)
    found = []
    for scenes in (
        free_scenes(amounts.training, TRAINING_SERIES),
        ordinary_scenes(amounts.ordinary, ORDINARY_SERIES),
        ordinary_scenes(amounts.searched, PAIR_SERIES),
    ):
        say(f"draws {len(scenes):,} scenes")
        pictures = drawn(scenes)
        say("embeds their patches")
        found.append(see(scenes, pictures, blind, reference))
    say("mines the blind pairs")
    pairs = mine_pairs(pictures, found[2].scenes, blind, reference, limit=amounts.pairs)
    digests = {"blind": blind.weights_digest, "reference": reference.weights_digest}
    return Material(found[0], found[1], found[2], pairs, digests)


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
