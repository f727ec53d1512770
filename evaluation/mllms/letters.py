"""Other letters for the two options, and how an answer in them is read as one in A and B."""

import re
from typing import Final

LETTERS: Final = "AB"


def check_letters(letters: str) -> str:
    """What is wrong with these two as letters of options; empty if nothing is."""
    if len(letters) != 2 or not (letters.isascii() and letters.isalnum()):
        return f"The letters of the options are two letters or two digits, not {letters!r}."
    if letters != letters.upper() or letters[0] == letters[1]:
        return f"The letters {letters!r} should be two different capital letters."
    if letters != LETTERS and set(letters) & set(LETTERS):
        return f"The letters {letters!r} should be neither A nor B, which graders know."
    if letters[0].isdecimal() != letters[1].isdecimal():
        return f"The letters {letters!r} should be two letters or two digits, not one of each."
    return ""


def as_a_and_b(text: str, letters: str) -> str:
    """The text with these letters as A and B, and any A and B as these letters.

    Graders know A and B only. Letters are exchanged where they stand alone, in an answer and in
    the options alike, so that the text of an option is still found in the answer. An "A" that
    was no option's letter is none afterwards either.
    """
    exchanged = dict(zip(LETTERS + letters, letters + LETTERS, strict=True))
    either = "|".join(map(re.escape, exchanged))
    alone = re.compile(rf"(?<![\w.,])(?:{either})(?![\w]|[.,]\d)", re.IGNORECASE)

    def change(found: re.Match[str]) -> str:
        new = exchanged[found[0].upper()]
        return new.lower() if found[0].islower() else new

    return alone.sub(change, text)
