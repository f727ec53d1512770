"""The blindness meter: does the blind encoder's text tower still confuse the two images?"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotator.encoders import LoadedEncoders, Report
from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.pipeline.vectors import open_store
from annotator.review import encoder_label
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.views import PairCard
from embeddings.encoder import supports_text
from evaluation.statements import (
    PREFIX,
    image_statements,
    statements,
    with_digits,
    with_number_words,
)

_SECONDS_WAITED: Final = 0.5
_PAIRS_KEPT: Final = 256
_SIDES: Final = ("first", "second")

Vectors = NDArray[np.float32]


class NoTextTower(AppError):
    """The blind encoder reads pictures only: there will never be a meter for it."""


@dataclass(frozen=True)
class Words:
    """What is in the form: a question, two options, and the right option of the first image.

    ``own`` are the statements that a person wrote for the first and the second image, or empty.
    """

    question: str
    option_a: str
    option_b: str
    answer_first: str = ""
    own: tuple[str, str] = ("", "")

    @property
    def right(self) -> list[str | None]:
        """The image that each option is right for; None while no answer is chosen."""
        if self.answer_first not in ("a", "b"):
            return [None, None]
        return list(_SIDES if self.answer_first == "a" else reversed(_SIDES))

    @property
    def statements(self) -> tuple[str, str]:
        """What is read for each option: words by hand, once it is known whose image they are of."""
        question = (self.question, self.option_a, self.option_b)
        if self.answer_first not in ("a", "b"):
            return statements(*question)
        first, second = self.own
        both = image_statements(*question, self.answer_first, first=first, second=second)
        a, b = both if self.answer_first == "a" else reversed(both)
        return PREFIX + a, PREFIX + b


class BlindnessMeter:
    """Scores two texts against two stored image vectors; nothing of an image is read or decoded."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._encoders = studio.shared(LoadedEncoders)
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str, str], Vectors] = OrderedDict()

    def measure(self, card: PairCard, words: Words) -> dict[str, Any]:
        """The matrix and the verdict, or how far it is, or the `reason` why there is none."""
        spec = card.blind_encoder or chosen_roles(self._studio).blind
        named = {"encoder": encoder_label(spec)}
        readings = _readings(words)
        texts = [text for _, pair in readings for text in pair]
        try:
            images = self._images(spec, card)
            task = self._encoders.ask(
                ("meter", spec, tuple(texts)), lambda report: self._embed(spec, texts, report)
            )
            vectors = task.answer(_SECONDS_WAITED)
        except STUDIO_ERRORS as error:
            lasting = isinstance(error, NoTextTower)
            return named | {"state": "absent", "reason": explain(error), "lasting": lasting}
        if vectors is None:
            return named | task.state()
        cosines = vectors @ images.T
        first, *others = [
            _scored(pair, cosines[2 * at : 2 * at + 2], words.right)
            for at, (_, pair) in enumerate(readings)
        ]
        variants = [
            {"how": how, "verdict": one["verdict"], "said": one["said"]}
            for (how, _), one in zip(readings[1:], others, strict=True)
            if one["verdict"] != first["verdict"]
        ]
        return named | {"state": "ready", **first, "variants": variants}

    def _images(self, spec: str, card: PairCard) -> Vectors:
        """Shape (2, d), rows of length 1: of the first and the second image.

        Raises:
            AppError, EmbeddingsError: an image has no vector of the blind encoder.
        """
        key = (spec, card.first.sha256, card.second.sha256)
        with self._lock:
            found = self._kept.pop(key, None)
            if found is None:
                store = open_store(self._studio, "blind", spec)
                found = store.load(key[1:])
            self._kept[key] = found
            while len(self._kept) > _PAIRS_KEPT:
                self._kept.popitem(last=False)
            return found

    def _embed(self, spec: str, texts: Sequence[str], report: Report) -> Vectors:
        encoder = self._encoders.encoder(spec, report)
        if not supports_text(encoder):
            raise NoTextTower(
                "this blind encoder has no text tower, so it cannot read the options.",
                where=encoder_label(spec),
            )
        report("reading the options", 0, 0)
        return encoder.embed_texts(texts)


def _readings(words: Words) -> list[tuple[str, tuple[str, str]]]:
    """The two statements, then the same with numbers written otherwise, where there are any."""
    plain = words.statements
    found = [("", plain)]
    rewrites: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("numbers in digits", with_digits),
        ("numbers in words", with_number_words),
    )
    for how, rewrite in rewrites:
        other = rewrite(plain[0]), rewrite(plain[1])
        if other != plain:
            found.append((how, other))
    return found


def _scored(
    texts: tuple[str, str], cosines: Vectors, right: Sequence[str | None]
) -> dict[str, Any]:
    """The matrix of two texts and two images, and what it says.

    As in MMVP-VLM a text chooses the image of the larger cosine, and the pair counts only if both
    texts choose theirs. `margin` is the larger cosine less the smaller.

    Args:
        cosines: (2, 2), a row a text, a column an image.
    """
    chosen = [_SIDES[int(row.argmax())] for row in cosines]
    rows = [
        {
            "text": text,
            "cosines": [round(float(value), 5) for value in row],
            "chosen": side,
            "right": wanted,
            "margin": round(float(abs(row[0] - row[1])), 5),
        }
        for text, row, side, wanted in zip(texts, cosines, chosen, right, strict=True)
    ]
    verdict, said = _verdict(chosen, right)
    return {"rows": rows, "verdict": verdict, "said": said}


def _verdict(chosen: Sequence[str], right: Sequence[str | None]) -> tuple[str, str]:
    if chosen[0] == chosen[1]:
        return "confused", f"takes the {chosen[0]} image for both"
    if right[0] is None:
        return "apart", "takes a different image for each; choose the answers to see if rightly"
    if list(right) == list(chosen):
        return "sees", "finds the right image for both"
    return "swapped", "takes the wrong image for both"
