"""The files that an evaluation of encoders leaves: scores.json, scores.csv and pairs.csv."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from embeddings.atomic import write_bytes
from evaluation.published import PublishedVlm, published_vlms
from evaluation.spreadsheets import harmless
from evaluation.vlm.evaluation import VlmEvaluation
from evaluation.vlm.pairs import StatementSet
from evaluation.vlm.rules import RULES, texts_right

SCORES, TABLE, PAIRS = "scores.json", "scores.csv", "pairs.csv"
KIND: Final = "vlm"


def as_document(evaluation: VlmEvaluation) -> dict[str, Any]:
    """The evaluation as JSON types, without the cosines."""
    document = {"kind": KIND, **asdict(evaluation)}
    for result in document["results"]:
        del result["cosines"]
    return document


def write_vlm_evaluation(out: Path, evaluation: VlmEvaluation, statements: StatementSet) -> None:
    """Write the three files into the folder, which is made when missing."""
    document = json.dumps(as_document(evaluation), indent=2, allow_nan=False)
    write_bytes(out / SCORES, f"{document}\n".encode())
    write_bytes(out / TABLE, _table(evaluation).encode())
    write_bytes(out / PAIRS, _pairs(evaluation, statements).encode())


def _table(evaluation: VlmEvaluation) -> str:
    """One row a model and rule: shares by pattern, then their mean; the paper's rows below."""
    found = {slug for result in evaluation.results for slug in result.scores.by_pattern}
    slugs = [slug for slug in evaluation.patterns if slug in found]
    header = ["source", "model", "image_size", "parameters_millions", "measure", *slugs]
    rows: list[Sequence[object]] = [
        [*header, "mean_of_patterns", "overall", "low", "high", "pairs"]
    ]
    for result in evaluation.results:
        for measure in RULES:
            overall = result.scores.overall.of(measure)
            rows.append(
                [
                    *("measured", harmless(result.spec), result.image_size),
                    *(result.parameters_millions, measure),
                    *[
                        _fraction(result.scores.by_pattern[slug].of(measure).value)
                        for slug in slugs
                    ],
                    _fraction(result.scores.mean_of_patterns[measure]),
                    *(_fraction(overall.value), _fraction(overall.low)),
                    *(_fraction(overall.high), overall.total),
                ]
            )
    rows += [_published(model, slugs) for model in published_vlms()]
    return _csv(rows)


def _published(model: PublishedVlm, slugs: Sequence[str]) -> list[object]:
    return [
        *("published", model.model, model.image_size, model.parameters_millions),
        "text_to_image",
        *[_fraction(model.by_pattern.get(slug)) for slug in slugs],
        *(_fraction(model.average), "", "", "", ""),
    ]


def _pairs(evaluation: VlmEvaluation, statements: StatementSet) -> str:
    """One row an encoder and pair: the texts, the four cosines and what is right."""
    cosines = [f"text_{text}_image_{image}" for text in (1, 2) for image in (1, 2)]
    header = ["model", "pair_id", "pattern", "text_1", "text_2", *cosines]
    rows: list[Sequence[object]] = [[*header, "text_1_right", "text_2_right", *RULES]]
    for row in _pair_rows(evaluation, statements):
        rows.append(list(row.values()))
    return _csv(rows)


def _pair_rows(
    evaluation: VlmEvaluation, statements: StatementSet
) -> Iterator[Mapping[str, object]]:
    for result in evaluation.results:
        hits = {measure: rule(result.cosines) for measure, rule in RULES.items()}
        singles = texts_right(result.cosines)
        for place, pair in enumerate(statements.pairs):
            four = result.cosines[place].reshape(4).tolist()
            yield {
                "model": harmless(result.spec),
                "pair_id": pair.pair_id,
                "pattern": harmless(pair.pattern or ""),
                "text_1": harmless(pair.texts[0]),
                "text_2": harmless(pair.texts[1]),
                **{f"cosine_{n}": f"{cosine:.6f}" for n, cosine in enumerate(four)},
                "text_1_right": int(singles[place, 0]),
                "text_2_right": int(singles[place, 1]),
                **{measure: int(found[place]) for measure, found in hits.items()},
            }


def _fraction(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _csv(rows: Sequence[Sequence[object]]) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    return table.getvalue()
