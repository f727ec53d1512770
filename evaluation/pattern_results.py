"""Reads accuracies by visual pattern: of our own evaluations, of tables, and the paper's."""

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evaluation.correlation import PatternAccuracies
from evaluation.errors import EvaluationError
from evaluation.patterns import load_patterns
from evaluation.published import PublishedVlm, published_vlms
from evaluation.statistics import Share, share
from evaluation.vlm.rules import Measure

PUBLISHED: Final = "published"
_PAIRS_OF_PAPER = 15


class UnreadableResults(EvaluationError):
    """The file holds no accuracies by pattern."""


def read_pattern_accuracies(
    source: str, measure: Measure = "text_to_image"
) -> list[PatternAccuracies]:
    """The models of a source.

    Args:
        source: ``scores.json`` of `mmvp eval mllm` or `mmvp eval vlm`; a CSV with a column
            ``model`` and one a pattern slug, fractions, perhaps ``pairs_per_pattern``;
            ``published`` for the paper's ten, or ``published:`` and words of their names.
        measure: which of an encoder's scores.

    Raises:
        UnreadableResults: names the file and what is wrong in it.
    """
    if source == PUBLISHED or source.startswith(f"{PUBLISHED}:"):
        return _published(source.removeprefix(PUBLISHED).removeprefix(":"))
    path = Path(source).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnreadableResults(f"it cannot be read: {reason}.", where=source) from error
    if path.suffix.lower() == ".csv":
        return _from_table(text, source)
    try:
        document = json.loads(text)
        return _from_document(document, source, measure)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableResults(
            "it is no scores.json of `mmvp eval mllm` or `mmvp eval vlm`.",
            where=source,
            hint="Name that file, or a .csv with a column model and one for each pattern.",
        ) from error


def _published(words: str) -> list[PatternAccuracies]:
    wanted = words.casefold().split()
    found = [
        PatternAccuracies(
            model=_name(model),
            published=True,
            by_pattern={
                slug: share(round(value * _PAIRS_OF_PAPER), _PAIRS_OF_PAPER)
                for slug, value in model.by_pattern.items()
            },
        )
        for model in published_vlms()
        if all(word in _name(model).casefold() for word in wanted)
    ]
    if not found:
        known = ", ".join(_name(model) for model in published_vlms())
        raise UnreadableResults(
            "the paper has no such model by pattern.",
            where=f"{PUBLISHED}:{words}",
            hint=f"It has {known}; of multimodal LLMs no numbers by pattern are known.",
        )
    return found


def _name(model: PublishedVlm) -> str:
    return f"{model.model} {model.image_size}"


def _from_document(
    document: Mapping[str, Any], source: str, measure: Measure
) -> list[PatternAccuracies]:
    if "results" in document:
        found = [
            _measured(
                result["spec"],
                {slug: one[measure] for slug, one in result["scores"]["by_pattern"].items()},
            )
            for result in document["results"]
        ]
    else:
        by_pattern = document["scores"]["by_pattern"]
        found = [
            _measured(document["model"], {slug: one["pair"] for slug, one in by_pattern.items()})
        ]
    if not any(one.by_pattern for one in found):
        raise UnreadableResults(
            "no pair of this evaluation has a visual pattern.",
            where=source,
            hint="Evaluate a benchmark whose pairs have patterns.",
        )
    return found


def _measured(model: str, shares: Mapping[str, Mapping[str, int]]) -> PatternAccuracies:
    counted = {slug: share(one["n"], one["total"]) for slug, one in shares.items()}
    return PatternAccuracies(
        model=str(model),
        published=False,
        by_pattern={slug: one for slug, one in counted.items() if one.total},
    )


def _from_table(text: str, source: str) -> list[PatternAccuracies]:
    rows = list(csv.DictReader(io.StringIO(text)))
    nine = load_patterns("mmvp").slugs
    columns = [slug for slug in nine if rows and slug in rows[0]]
    if not columns or "model" not in rows[0]:
        raise UnreadableResults(
            "it has no column model, or none of a pattern.",
            where=source,
            hint=f"Columns of patterns: {', '.join(nine)}.",
        )
    return [
        PatternAccuracies(
            model=str(row["model"]),
            published=row.get("source") == PUBLISHED,
            by_pattern={
                slug: _given(row, slug, f"{source}, row {number}")
                for slug in columns
                if (row[slug] or "").strip()
            },
        )
        for number, row in enumerate(rows, 1)
        if row.get("measure") in (None, "", "text_to_image")
    ]


def _given(row: Mapping[str, str], slug: str, where: str) -> Share:
    try:
        value = float(row[slug])
        pairs = int(row.get("pairs_per_pattern") or 0)
    except ValueError:
        value, pairs = math.nan, 0
    if not 0 <= value <= 1:
        raise UnreadableResults(
            f"{slug} is {row[slug]!r}; it should be a fraction from 0 to 1.", where=where
        )
    if pairs:
        return share(round(value * pairs), pairs)
    return Share(0, 0, value, None, None)
