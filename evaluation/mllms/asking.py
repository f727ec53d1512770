"""How a question is put to a model, and how its answer is read back."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import JsonValue

from evaluation.errors import EvaluationError
from evaluation.graders import Grader
from evaluation.items import Item, QuestionSet
from evaluation.mllms.letters import LETTERS, as_a_and_b, check_letters
from evaluation.question import Choice

Style = Literal["letter", "paper"]
_OTHER: dict[Choice, Choice] = {"a": "b", "b": "a"}


class BadAsking(EvaluationError, ValueError):
    """These ways to ask do not go together."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The prompt and its variations.

    ``letter`` is the prompt of lmms-eval and InternVL, ``paper`` the one of the MMVP authors.
    ``letters`` are what the two options are called, in the order shown. ``temperature`` None
    leaves the server's own. ``body`` goes into the request as it is; a null takes a field away.
    """

    style: Style = "letter"
    swap_options: bool = False
    letters: str = LETTERS
    both_images: bool = False
    swap_images: bool = False
    no_image: bool = False
    temperature: float | None = 0.0
    max_tokens: int = 256
    repeats: int = 1
    body: Mapping[str, JsonValue] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            BadAsking: says what and why.
        """
        if self.swap_images and not self.both_images:
            raise BadAsking(
                "Only one image is shown, so that there is no order to swap.",
                hint="Show both images of a pair.",
            )
        if self.no_image and self.both_images:
            raise BadAsking("Both images cannot be shown in a run without images.")
        if self.repeats < 1:
            raise BadAsking("A question is asked at least once.")
        if problem := check_letters(self.letters):
            raise BadAsking(problem, hint="Give two, for example CD, XY or 12.")

    @property
    def label(self) -> str:
        """How it differs from the plain way to ask, in words; empty for that itself."""
        parts = ["paper's prompt"] if self.style == "paper" else []
        parts += ["options swapped"] if self.swap_options else []
        parts += [f"letters {' and '.join(self.letters)}"] if self.letters != LETTERS else []
        parts += ["no image"] if self.no_image else []
        if self.both_images:
            parts.append("both images, second first" if self.swap_images else "both images")
        if self.temperature:
            parts.append(f"temperature {self.temperature:g}")
        parts += [f"{self.repeats} repeats"] if self.repeats > 1 else []
        return ", ".join(parts)

    def prompt(self, item: Item) -> str:
        """The text that goes with the image."""
        x, y = options_shown(item, swapped=self.swap_options)
        one, other = tuple(self.letters)
        if self.style == "paper":
            text = f"{item.question} ({one.lower()}) {x} ({other.lower()}) {y}"
        else:
            kind = "number" if one.isdecimal() else "letter"
            text = (
                f"{item.question}\n{one}. {x}\n{other}. {y}\n"
                f"Answer with the option's {kind} from the given choices directly."
            )
        if not self.both_images:
            return text
        number = 1 if (item.side == "first") != self.swap_images else 2
        return f"You see image 1 and image 2. This question is about image {number} only.\n{text}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's words about one item, the order in which it saw the options, and their letters."""

    text: str
    swapped: bool = False
    letters: str = LETTERS
    finish_reason: str | None = None

    def read(self, item: Item, rule: Grader) -> Choice | None:
        """The option that was chosen, by the benchmark's letter, not by the one shown."""
        shown = [self.text, *options_shown(item, swapped=self.swapped)]
        if self.letters != LETTERS:
            shown = [as_a_and_b(text, self.letters) for text in shown]
        text, x, y = shown
        chosen = rule.read(text, x, y)
        return _OTHER[chosen] if chosen and self.swapped else chosen


Answers = dict[tuple[int, str, int], Answer]
"""By pair, side and repeat."""


def options_shown(item: Item, *, swapped: bool) -> tuple[str, str]:
    """The options as (a) and (b) of the prompt."""
    return (item.option_b, item.option_a) if swapped else (item.option_a, item.option_b)


def gold_shown(item: Item, *, swapped: bool) -> Choice:
    """The right letter of the prompt."""
    return _OTHER[item.gold] if swapped else item.gold


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question as it is sent; two requests with one ``key`` are the same request."""

    key: str
    prompt: str
    image_digests: tuple[str, ...]
    temperature: float | None
    max_tokens: int
    body: Mapping[str, JsonValue] = field(hash=False)
    repeat: int
    read_images: Callable[[], list[bytes]] = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model answered; ``usage`` as the server counts it."""

    text: str
    finish_reason: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Model(Protocol):
    """What can be asked."""

    name: str
    identity: Mapping[str, JsonValue]
    """Whatever makes its answers different from another model's."""

    def ask(self, request: Request) -> Reply:
        """Answers one request; may be called from several threads.

        Raises:
            AnswerFailed: this request got no answer.
            RunStopped: the run should end.
        """

    def stop(self) -> None:
        """Begin nothing new; what waits to be sent raises RunStopped."""


class AnswerFailed(EvaluationError):
    """This one request got no answer; another may."""


class RunStopped(EvaluationError):
    """No further request makes sense; what was answered is kept."""


def requests_for(
    questions: QuestionSet, asking: Asking, identity: Mapping[str, JsonValue]
) -> dict[tuple[int, str, int], Request]:
    """One request per pair, side and repeat, in the benchmark's order."""
    images = {(item.pair_id, item.side): item.image for item in questions.items}
    digests = {
        name: hashlib.sha256(questions.read_image(name)).hexdigest()
        for name in ([] if asking.no_image else dict.fromkeys(images.values()))
    }
    requests: dict[tuple[int, str, int], Request] = {}
    for repeat in range(1, asking.repeats + 1):
        for item in questions.items:
            names = [item.image]
            if asking.both_images:
                names = [images[item.pair_id, "first"], images[item.pair_id, "second"]]
            shown = [] if asking.no_image else names[:: -1 if asking.swap_images else 1]
            fields: dict[str, Any] = {
                "prompt": asking.prompt(item),
                "image_digests": tuple(digests[name] for name in shown),
                "temperature": asking.temperature,
                "max_tokens": asking.max_tokens,
                "body": dict(asking.body),
                "repeat": repeat,
            }
            requests[item.pair_id, item.side, repeat] = Request(
                key=_key(identity, fields), read_images=_reader(questions, shown), **fields
            )
    return requests


def _reader(questions: QuestionSet, names: list[str]) -> Callable[[], list[bytes]]:
    return lambda: [questions.read_image(name) for name in names]


def _key(identity: Mapping[str, JsonValue], fields: Mapping[str, Any]) -> str:
    text = json.dumps({"model": dict(identity), **fields}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
