"""What the columns of a benchmark's tables are called, and what their values hold."""

import json
import re
from collections.abc import Mapping, Sequence

from evaluation.question import Choice

# Field of RawRow -> the names it goes by, best first; compared without case, "_" and "-".
_NAMES: Mapping[str, tuple[str, ...]] = {
    "number": ("index", "lndex", "idx", "question id", "data id", "id", "row"),
    "question": ("question", "text", "prompt"),
    "options": ("options", "text options"),
    "option_a": ("a", "option a"),
    "option_b": ("b", "option b"),
    "answer": ("correct answer", "gt answer", "gt answers", "solution", "gold", "answer"),
    "pattern": ("pattern", "visual pattern", "type", "category"),
    "pair": ("pair id", "pair"),
    "statement": ("statement",),
    "image": ("image",),
    "image_path": ("image path", "file name", "image file"),
}
# Where each option begins; the second of a pair is looked for behind the first.
_MARKS = (
    (re.compile(r"\(a\)", re.IGNORECASE), re.compile(r"\(b\)", re.IGNORECASE)),
    (re.compile(r"A[.):]"), re.compile(r"\n[ \t]*B[.):]")),
)
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0+)?")
_LETTER = re.compile(r"\(?([ab])\)?[.:]?", re.IGNORECASE)
_LETTER_AND_TEXT = re.compile(r"\(([ab])\)\s*(.+)|([ab])[.:)]\s+(.+)", re.IGNORECASE | re.DOTALL)


def fields_of(header: Sequence[str]) -> dict[str, str]:
    """From each field that a header has to the name of its column."""
    known: dict[str, str] = {}
    for name in header:
        known.setdefault(_plain(name), name)
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        column = next((known[name] for name in names if name in known), None)
        if column is not None:
            found[field] = column
    return found


def columns_of(field: str, header: Sequence[str]) -> list[str]:
    """Every column of a header that may hold a field, best first."""
    return [name for known in _NAMES[field] for name in header if _plain(name) == known]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def whole_number(value: str | None) -> int | None:
    """The number that a text is, from 0 on, also "1.0" of a spreadsheet; else None."""
    found = _WHOLE.fullmatch((value or "").strip())
    return int(found[1]) if found else None


def split_options(text: str) -> tuple[str, str] | None:
    """The two options of "(a) X (b) Y", of two lines "A. X" and "B. Y", or of a list; else None."""
    text = re.sub(r"^options\s*:", "", text.strip(), flags=re.IGNORECASE).strip()
    for first, second in _MARKS:
        a = first.match(text)
        b = second.search(text, a.end()) if a else None
        if a and b:
            return text[a.end() : b.start()].strip(), text[b.end() :].strip()
    return _listed(text) if text.startswith("[") else None


def _listed(text: str) -> tuple[str, str] | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return options_of(values) if isinstance(values, list) else None


def options_of(values: Sequence[object]) -> tuple[str, str] | None:
    """The two options of a list of two texts, with or without their letters; else None."""
    texts = [value for value in values if isinstance(value, str)]
    if len(values) != 2 or len(texts) != 2:
        return None
    first, second = (text.strip() for text in texts)
    lettered = split_options(f"{first} {second}") or split_options(f"{first}\n{second}")
    return lettered or (first, second)


def letter_of(answer: str, option_a: str | None, option_b: str | None) -> Choice | None:
    """The option that an answer names, by its letter, its text or both; None if that is not plain.

    Forms: "(a)", "a", "A", "A.", "(a) Open", "A. Open" and "Open".
    """
    text = answer.strip()
    options: dict[Choice, str | None] = {"a": option_a, "b": option_b}
    by_text: list[Choice] = [
        choice for choice, option in options.items() if option and option.strip() == text
    ]
    if len(by_text) == 1:  # an option that is called "B" is meant before the letter
        letter = _LETTER.fullmatch(text)
        if letter is None or not text.startswith("("):
            return by_text[0]
    letter = _LETTER.fullmatch(text)
    if letter:
        return _choice(letter[1])
    both = _LETTER_AND_TEXT.fullmatch(text)
    if both:
        choice = _choice(both[1] or both[3])
        return choice if options[choice] in (None, (both[2] or both[4]).strip()) else None
    return None


def _choice(letter: str) -> Choice:
    return "a" if letter in "aA" else "b"
