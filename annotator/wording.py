"""What differs between two wordings, word by word."""

import re
from difflib import SequenceMatcher

_TOKENS = re.compile(r"\w+(?:['\u2019]\w+)*|\s+|[^\w\s]")
Piece = dict[str, str]


def word_diff(old: str, new: str) -> list[Piece]:
    """The words of both texts in order, each piece `same`, `removed` or `added`.

    The pieces that are not `added` spell the old text, those that are not `removed` the new one.
    """
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            _add(pieces, "same", before[i:j])
        else:
            _add(pieces, "removed", before[i:j])
            _add(pieces, "added", after[k:m])
    return pieces


def _add(pieces: list[Piece], kind: str, tokens: list[str]) -> None:
    if tokens:
        pieces.append({"kind": kind, "text": "".join(tokens)})
