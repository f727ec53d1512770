"""Advice on the wording of one question: what gives it away, what programs stumble over."""

import re
import string
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

from evaluation.findings import Draft, Finding, Fix, replacing
from evaluation.question import is_blank

# The longest question of the original MMVP has 113 characters.
LONG_QUESTION = 113
VERY_LONG_QUESTION = 200
LONG_OPTION = 60
# What pandas reads as a missing value, and with it every client that loads a table by pandas.
READ_AS_MISSING = frozenset(
    {"#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"}
    | {"<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
_INSTEAD = {
    "none": "None at all",
    "na": "Not applicable",
    "n/a": "Not applicable",
    "null": "Nothing",
    "nan": "Not a number",
}

_ONE_OF_TWO = re.compile(
    r"""\b(?:left|right|first|second|other|both|these|the\ two)(?:[- ]hand)?\s+
        (?:images?|pictures?|photos?|photographs?)\b
      | \b(?:image|picture|photo|photograph)\s*\#?[12]\b
      | \b(?:between|across|in|of)\ the\ (?:images|pictures|photos|photographs)\b
      | \bwhich\s+(?:image|picture|photo|photograph)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CARRIES_LETTER = re.compile(r"\s*(?:\(?[ab]\)|[ab][.:])(?:\s|$)", re.IGNORECASE)
_QUOTES_LETTER = re.compile(r"\s*\([ab]\)", re.IGNORECASE)
_DOUBLE_QUOTES = re.compile('["\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]')
_YES_NO = {"yes", "no"}
_ARTICLES = {"a", "an", "the"}


def _advice(field: str, message: str, fix: Fix | None = None) -> Finding:
    return Finding("advice", field, message, fix)


def question_mark(draft: Draft) -> Iterator[Finding]:
    """A question ends with a question mark."""
    if not is_blank(draft.text) and not draft.text.rstrip().endswith("?"):
        asked = draft.text.rstrip(" .!,;:") + "?"
        message = "The question does not end with a question mark."
        yield _advice("text", message, replacing("End it with “?”", "text", draft.text, asked))


def one_image_at_a_time(draft: Draft) -> Iterator[Finding]:
    """Nothing in it speaks of two images: a model sees one at a time."""
    for field, subject, part in draft.parts:
        found = _ONE_OF_TWO.search(part)
        if found:
            yield _advice(
                field,
                f"{subject} says “{found[0]}”, but a model sees only one image at a time. "
                "Write it so that it can be answered from a single image.",
            )


def lengths(draft: Draft) -> Iterator[Finding]:
    """A question is one short sentence, an option a few words."""
    length = len(draft.text.strip())
    if length > VERY_LONG_QUESTION:
        told = f"The question has {length} characters; try to say it in one short sentence."
        yield _advice("text", told)
    elif length > LONG_QUESTION:
        told = f"The question has {length} characters, more than any in the original MMVP."
        yield _advice("text", told)
    for field, subject, option in draft.options:
        length = len(option.strip())
        if length > LONG_OPTION:
            yield _advice(field, f"{subject} has {length} characters; a few words are enough.")


def spaces(draft: Draft) -> Iterator[Finding]:
    """No spaces at the ends, none doubled; exact comparisons fail at them."""
    for field, subject, part in draft.parts:
        fix = replacing("Take them out", field, part, " ".join(part.split()))
        if part != part.strip():
            yield _advice(field, f"{subject} has spaces at its beginning or end.", fix)
        elif "  " in part:
            yield _advice(field, f"{subject} has several spaces in a row.", fix)


def letters(draft: Draft) -> Iterator[Finding]:
    """Letters of options are added by programs, so none stand in the texts."""
    if _QUOTES_LETTER.search(draft.text):
        yield _advice(
            "text",
            "The question contains (a) or (b); the options are added after it by themselves.",
            replacing(
                "Take the letters out", "text", draft.text, _QUOTES_LETTER.sub("", draft.text)
            ),
        )
    for field, subject, option in draft.options:
        if _CARRIES_LETTER.match(option):
            yield _advice(
                field,
                f"{subject} starts with a letter of its own; the letter is added by itself.",
                replacing("Take it out", field, option, _CARRIES_LETTER.sub("", option).strip()),
            )
        elif option.strip().casefold() in {"a", "b"}:
            yield _advice(
                field,
                f"{subject} is itself a letter; it will be taken for the name of an option.",
                replacing(
                    f"Write “the letter {option.strip()}”",
                    field,
                    option,
                    f"the letter {option.strip()}",
                ),
            )


def missing_values(draft: Draft) -> Iterator[Finding]:
    """No text is a word that pandas reads as a missing value."""
    for field, subject, part in draft.parts:
        if part.strip() in READ_AS_MISSING:
            instead = _INSTEAD.get(part.strip().casefold(), "")
            yield _advice(
                field,
                f"{subject} is “{part.strip()}”, which some programs read as an empty field. "
                "Use other words.",
                replacing(f"Write “{instead}”", field, part, instead),
            )


def quotes(draft: Draft) -> Iterator[Finding]:
    """Double quotes were the ruin of copies of MMVP that were split by hand."""
    for field, subject, part in draft.parts:
        if _DOUBLE_QUOTES.search(part):
            yield _advice(
                field,
                f"{subject} has double quotes; copies of MMVP that were split by hand lost words "
                "at them.",
                replacing("Use single quotes", field, part, _DOUBLE_QUOTES.sub("'", part)),
            )


def told_by_the_question(draft: Draft) -> Iterator[Finding]:
    """The question names both options or neither, or it suggests one."""
    said = [_place(draft.text, option) for _, _, option in draft.options]
    if bool(said[0]) == bool(said[1]):
        return
    told = 0 if said[0] else 1
    field, subject, option = draft.options[told]
    if option.strip().casefold() in _YES_NO:
        return
    yield _advice(
        field,
        f"{subject} stands in the question and the other option does not, which suggests an "
        "answer. Name both options in the question, or neither.",
        _both_named(draft, said[told], draft.options[1 - told][2]),
    )


def _both_named(draft: Draft, said: re.Match[str] | None, other: str) -> Fix | None:
    other = other.strip()
    if said is None or is_blank(other):
        return None
    if said[0][:1].islower():
        other = other[:1].lower() + other[1:]
    text = f"{draft.text[: said.end()]} or {other}{draft.text[said.end() :]}"
    return replacing(f"Add “or {other}”", "text", draft.text, text)


def alike(draft: Draft) -> Iterator[Finding]:
    """The options differ in more than spelling or punctuation."""
    a, b = draft.option_a.strip(), draft.option_b.strip()
    if is_blank(a) or is_blank(b) or _letters_and_digits(a) == _letters_and_digits(b) == "":
        return
    if "".join(a.casefold().split()) == "".join(b.casefold().split()):
        return
    if _letters_and_digits(a) == _letters_and_digits(b):
        yield _advice("option_b", "The options differ only in punctuation.")
    elif _nearly_the_same(_words(a), _words(b)):
        yield _advice("option_b", "The options are almost the same; make the difference plain.")


def _letters_and_digits(option: str) -> str:
    return "".join(one for one in option.casefold() if one.isalnum())


def _place(text: str, option: str) -> re.Match[str] | None:
    wanted = re.escape(option.strip())
    return re.search(rf"(?<!\w){wanted}(?!\w)", text, re.IGNORECASE) if wanted else None


def _words(option: str) -> list[str]:
    bare = (word.strip(string.punctuation) for word in option.casefold().split())
    return [word for word in bare if word and word not in _ARTICLES]


def _nearly_the_same(a: list[str], b: list[str]) -> bool:
    """Whether only spelling tells the two apart; numbers and signs count as different."""
    if not a or len(a) != len(b):
        return False
    different = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return all(
        x.isalpha() and y.isalpha() and SequenceMatcher(None, x, y).ratio() > 0.8
        for x, y in different
    )


ADVICE: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    question_mark,
    one_image_at_a_time,
    lengths,
    spaces,
    letters,
    missing_values,
    quotes,
    told_by_the_question,
    alike,
)
