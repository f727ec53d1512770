"""Questions as token ids: several about one image share its visual tokens, none sees another."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from embeddings.demo.scenes import Scene
from evaluation.mof.questions import any_options, asked_openly, every_word

IGNORED: Final = -100
_SPECIAL: Final = ("<pad>", "<question>", "<answer>", "<end>")
_WITH_OPTIONS: Final = 0.4  # share of questions with options


class Words:
    """The word-level tokenizer: one id for each word of the questions and answers."""

    def __init__(self) -> None:
        self.words = (*_SPECIAL, *every_word())
        self._ids = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def ids(self, text: str) -> list[int]:
        """Raises KeyError for a word that no question or answer uses."""
        return [self._ids[word] for word in text.split()]

    def turn(self, question: str, answer: str) -> tuple[list[int], list[int]]:
        """Ids of one question and its answer, and labels: of each id the next one, if answered."""
        asked = [1, *self.ids(question), 2]
        answered = [*self.ids(answer), 3]
        ids = [*asked, *answered]
        labels = [IGNORED] * (len(asked) - 1) + [*answered, IGNORED]
        return ids, labels


@dataclass(frozen=True)
class Packed:
    """Rows of text, each behind the visual tokens of one image.

    Attributes:
        image: (n,) row of the image.
        ids: (n, length) token ids, 0 behind the end.
        labels: (n, length) the id that should follow, or -100.
        segment: (n, length) number of the question, from 1; 0 behind the end.
        position: (n, length) place in its question, from 0.
    """

    image: torch.Tensor
    ids: torch.Tensor
    labels: torch.Tensor
    segment: torch.Tensor
    position: torch.Tensor

    def __len__(self) -> int:
        return len(self.image)

    def to(self, device: str) -> "Packed":
        """The same on another device."""
        return Packed(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    def rows(self, chosen: torch.Tensor) -> "Packed":
        """Some of the rows."""
        return Packed(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


Turn = tuple[list[int], list[int]]


def pack(rows: Sequence[tuple[int, Sequence[Turn]]], length: int) -> Packed:
    """Lay out each image's turns in one row of ``length`` ids.

    Raises:
        ValueError: an image's turns are longer than that.
    """
    shape = (len(rows), length)
    ids, segment, position = (torch.zeros(shape, dtype=torch.int64) for _ in range(3))
    labels = torch.full(shape, IGNORED)
    for row, (_, turns) in enumerate(rows):
        at = 0
        for number, (own, following) in enumerate(turns, 1):
            end = at + len(own)
            if end > length:
                raise ValueError(f"{end} ids do not fit into a row of {length}")
            ids[row, at:end] = torch.tensor(own)
            labels[row, at:end] = torch.tensor(following)
            segment[row, at:end] = number
            position[row, at:end] = torch.arange(len(own))
            at = end
    image = torch.tensor([image for image, _ in rows])
    return Packed(image, ids, labels, segment, position)


def training_rows(
    scenes: Sequence[Scene], words: Words, *, rows_each: int, length: int, seed: int
) -> Packed:
    """``rows_each`` rows about every scene, filled with questions drawn by chance.

    Most are open questions; the others have options as those of the pairs do.
    """
    chance = random.Random(f"mof training/{seed}")
    filled: list[tuple[int, list[Turn]]] = []
    for row, scene in enumerate(scenes):
        openly = asked_openly(scene)
        for _ in range(rows_each):
            turns: list[Turn] = []
            left = length
            for question in chance.sample(openly, len(openly)):
                if chance.random() < _WITH_OPTIONS:
                    options = any_options(scene, chance)
                    turn = words.turn(options.text, options.answer)
                else:
                    turn = words.turn(question.text, question.answer)
                if len(turn[0]) > left:
                    break
                turns.append(turn)
                left -= len(turn[0])
            filled.append((row, turns))
    return pack(filled, length)
