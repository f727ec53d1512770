"""How many tokens CLIP's text tower makes of a text, without loading a model or torch."""

import gzip
import html
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

from embeddings.errors import EmbeddingsError

CONTEXT: Final = 77
"""Tokens that CLIP reads of a text, its start and end among them."""

_VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
# The file has more merges than the vocabulary of 49,408: without bytes, word ends and two marks.
_N_MERGES = 49408 - 2 * 256 - 2
_WORD_END = "</w>"
# What CLIP's tokenizer takes for one word; the two marks stand for themselves.
_WORDS = r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_MARKS = ("<start_of_text>", "<end_of_text>")
_MOST_KEPT = 4096


def count_tokens(text: str) -> int:
    """Tokens of a text in CLIP, start and end included; more than ``CONTEXT`` do not fit.

    Byte pair encoding as in the tokenizer of openai/CLIP, with the vocabulary that open_clip ships.

    Raises:
        EmbeddingsError: the vocabulary is not where open_clip has it.
    """
    import ftfy  # noqa: PLC0415 - only who counts waits for it
    import regex  # noqa: PLC0415

    clean = html.unescape(html.unescape(ftfy.fix_text(text)))
    words = regex.findall(_WORDS, " ".join(clean.split()).lower(), flags=regex.IGNORECASE)
    return 2 + sum(_count_of_word(word) for word in words)


def _count_of_word(word: str) -> int:
    return 1 if word in _MARKS else _merged(word)


_counts: dict[str, int] = {}


def _merged(word: str) -> int:
    """Pieces that are left of a word once nothing more can be merged."""
    found = _counts.get(word)
    if found is None:
        if len(_counts) >= _MOST_KEPT:
            _counts.clear()
        found = _counts[word] = len(_pieces(word))
    return found


def _pieces(word: str) -> list[str]:
    ranks, names = _ranks(), _byte_names()
    pieces = [names[byte] for byte in word.encode("utf-8", errors="replace")]
    pieces[-1] += _WORD_END
    last = len(ranks)
    while len(pieces) > 1:
        couples = list(pairwise(pieces))
        best = min(couples, key=lambda couple: ranks.get(couple, last))
        if best not in ranks:
            break
        pieces = _joined(pieces, best)
    return pieces


def _joined(pieces: list[str], couple: tuple[str, str]) -> list[str]:
    """The pieces with every occurrence of this couple made one, from the left."""
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        is_couple = tuple(pieces[at : at + 2]) == couple
        joined.append("".join(couple) if is_couple else pieces[at])
        at += 2 if is_couple else 1
    return joined


@cache
def _ranks() -> dict[tuple[str, str], int]:
    """The merges in the order in which they are made."""
    spec = find_spec("open_clip")  # finds the package without importing it, and torch with it
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = next((file for one in folders if (file := Path(one) / _VOCABULARY).is_file()), None)
    if path is None:
        raise EmbeddingsError(
            "CLIP's vocabulary is missing, so tokens cannot be counted.",
            where=_VOCABULARY,
            hint="Install open_clip_torch again.",
        )
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[1 : 1 + _N_MERGES]
    couples = [line.partition(" ") for line in lines]
    return {(first, second): rank for rank, (first, _, second) in enumerate(couples)}


@cache
def _byte_names() -> tuple[str, ...]:
    """The character by which the vocabulary writes each byte: itself, or one from 256 on."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    hidden = [byte for byte in range(256) if byte not in shown]
    names = {byte: chr(byte) for byte in shown}
    names |= {byte: chr(256 + place) for place, byte in enumerate(hidden)}
    return tuple(names[byte] for byte in range(256))
