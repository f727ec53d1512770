"""What to say about the statements for MMVP-VLM while they are being written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from embeddings.clip_tokens import CONTEXT, count_tokens
from evaluation.findings import Draft, Finding, Level, replacing
from evaluation.question import is_blank, unwritable_character
from evaluation.statements import PREFIX, image_statements, with_digits

SIDES = ("first", "second")
_YES_NO = {"yes", "no"}
_PREFIX_AGAIN = re.compile(r"\ba\s+photo\s+of\b\s*", re.IGNORECASE)
_STEM = 4
_SHORTEST_WORD = 3


@dataclass(frozen=True)
class ImageStatement:
    """One image's statement: the text that counts, what the question says, and its length.

    ``tokens`` are of CLIP, with the prefix, start and end; ``limit`` is the most that fit.
    """

    text: str
    suggested: str
    tokens: int
    limit: int = CONTEXT


@dataclass(frozen=True)
class Statements:
    """Both statements of a question as far as it is written, and the remarks about them.

    ``images`` is empty while the options or their answers are missing.
    """

    images: Mapping[str, ImageStatement] = field(hash=False)
    findings: list[Finding] = field(hash=False)


def check_statements(draft: Draft, first: str = "", second: str = "") -> Statements:
    """The statements of a question, own words first, with errors and advice.

    An error is only what a person wrote; what follows from the question is never in the way.
    """
    own = {"first": first.strip(), "second": second.strip()}
    found = [one for side in SIDES if own[side] for one in _own_problems(side, own[side])]
    images = _of_images(draft, own)
    both = [_as_read(images[side].text if images else own[side]) for side in SIDES]
    if any(own.values()) and both[0] and both[0] == both[1]:
        told = "Both statements say the same, so no encoder can tell which image is meant."
        found.append(Finding("error", "statement_second", told))
    for side, one in images.items():
        if one.tokens > CONTEXT:
            found.append(_too_long(side, one.tokens, is_own=bool(own[side])))
        elif own[side]:
            found += _unmentioned(draft, side, own[side])
    if not images:
        for side in SIDES:
            n_tokens = count_tokens(PREFIX + own[side])
            if own[side] and n_tokens > CONTEXT:
                found.append(_too_long(side, n_tokens, is_own=True))
    return Statements(images, sorted(found, key=lambda one: one.level != "error"))


def _of_images(draft: Draft, own: Mapping[str, str]) -> dict[str, ImageStatement]:
    if draft.answer_first not in ("a", "b") or any(is_blank(text) for _, _, text in draft.options):
        return {}
    question = (draft.text, draft.option_a, draft.option_b, draft.answer_first)
    suggested = image_statements(*question)
    given = image_statements(*question, first=own["first"], second=own["second"])
    return {
        side: ImageStatement(text, said, count_tokens(PREFIX + text))
        for side, text, said in zip(SIDES, given, suggested, strict=True)
    }


def _own_problems(side: str, text: str) -> Iterator[Finding]:
    name = f"statement_{side}"
    unwritable = unwritable_character(text)
    if unwritable:
        told = f"The {side} image's statement contains {unwritable}; write it as one plain line."
        yield Finding("error", name, told)
    again = _PREFIX_AGAIN.search(text)
    if again:
        without = (text[: again.start()] + text[again.end() :]).strip()
        told = f"“{PREFIX.strip()}” is put before every statement, so it would stand there twice."
        yield Finding("advice", name, told, replacing("Take it out", name, text, without))


def _too_long(side: str, n_tokens: int, *, is_own: bool) -> Finding:
    level: Level = "error" if is_own else "advice"
    whose = f"The {side} image's statement" if is_own else f"What the question says of the {side}"
    told = f"{whose}{'' if is_own else ' image'} has {n_tokens} of CLIP's {CONTEXT} tokens"
    return Finding(level, f"statement_{side}", f"{told}; MMVP-VLM needs a shorter one.")


def _unmentioned(draft: Draft, side: str, text: str) -> Iterator[Finding]:
    letter = draft.answer_first if side == "first" else {"a": "b", "b": "a"}[draft.answer_first]
    option = draft.option_a if letter == "a" else draft.option_b
    wanted, said = _stems(option), _stems(text)
    if option.strip().casefold() not in _YES_NO and wanted and not wanted & said:
        told = f"The {side} image's statement does not mention its answer, “{option.strip()}”."
        yield Finding("advice", f"statement_{side}", told)


def _stems(text: str) -> set[str]:
    """The beginnings of the words, numbers in digits: "opened" and "open" have one."""
    words = re.findall(r"\w+", with_digits(text).casefold())
    return {word[:_STEM] for word in words if len(word) >= _SHORTEST_WORD or word.isdigit()}


def _as_read(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")
