"""Asks and scores an MMVP-like benchmark in lmms-eval: a pair counts if both rows are right."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

ASK_FOR_LETTER = "Answer with the option's letter from the given choices directly."
_OPTIONS = re.compile(r"\(a\)\s*(?P<a>.*?)\s*\(b\)\s*(?P<b>.*?)\s*", re.DOTALL)
# From the plainest form of an answer to the least plain; the first that fits is taken.
_FORMS = (
    r"\(?([AB])\)?[.:]?",
    r"\(?([AB])(?:\)|[.:]|\s).*",
    r".*\banswer\s+is:?\s+\(?([AB])\b.*",
    r".*\boption\s+\(?([AB])\b.*",
)


def images(doc: Mapping[str, Any]) -> list[Any]:
    """The image of a row, in color."""
    return [doc["image"].convert("RGB")]


def prompt(
    doc: Mapping[str, Any], lmms_eval_specific_kwargs: Mapping[str, str] | None = None
) -> str:
    """The question with its options as A and B."""
    options = _OPTIONS.fullmatch(doc["Options"])
    if options is None:
        raise ValueError(f"row {doc['Index']}: the options are not (a) … (b) …")
    extra = lmms_eval_specific_kwargs or {}
    asked = f"{doc['Question']}\nA. {options['a']}\nB. {options['b']}\n{ASK_FOR_LETTER}"
    return f"{extra.get('pre_prompt', '')}{asked}{extra.get('post_prompt', '')}"


def right_letter(doc: Mapping[str, Any]) -> str:
    """The right answer of a row, A or B."""
    return str(doc["Correct Answer"]).strip("()").upper()


def letter_of(text: str) -> str:
    """The letter that an answer gives; empty if it gives none."""
    text = text.strip()
    for form in _FORMS:
        found = re.fullmatch(form, text, re.IGNORECASE | re.DOTALL)
        if found:
            return found[1].upper()
    return ""


def judge(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Whether a row was answered right, for both scores."""
    right = letter_of(results[0]) == right_letter(doc)
    result = {"index": doc["Index"], "pattern": doc["pattern"], "right": right}
    return {"mmvp_accuracy": result, "mmvp_pair_accuracy": result}


def accuracy(results: Sequence[Mapping[str, Any]]) -> float:
    """The share of rows that are right, 0 to 1."""
    return sum(one["right"] for one in results) / len(results) if results else 0.0


def pair_accuracy(results: Sequence[Mapping[str, Any]]) -> float:
    """The share of pairs of which both rows are right, 0 to 1; half a pair is left out."""
    pairs: dict[int, list[bool]] = {}
    for one in results:
        pairs.setdefault((one["index"] - 1) // 2, []).append(one["right"])
    whole = [rows for rows in pairs.values() if len(rows) == 2]
    return sum(all(rows) for rows in whole) / len(whole) if whole else 0.0
