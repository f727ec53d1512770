"""The miniature's results as one JSON document, beside the paper's numbers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.atomic import write_bytes
from embeddings.demo.factors import PATTERN_OF_FACTOR
from evaluation.errors import UnreadableBenchmark
from evaluation.mof.material import Material, caption_knows
from evaluation.mof.measured import Accuracy, accuracy
from evaluation.mof.questions import NAMED_BY_CAPTIONS
from evaluation.mof.settings import ALONE, PUBLISHED, Published, Setting

Answers = NDArray[np.bool_]

RESULTS = "results.json"
_CAPTION, _DETAIL = "object and place", "details"


@dataclass(frozen=True)
class Run:
    """One setting trained with one seed.

    Attributes:
        pairs: (2 * pairs,) whether each image's question is answered right, pair by pair.
        instruction: (questions,) likewise.
        losses: in training, at every 50th step.
    """

    setting: str
    seed: int
    pairs: Answers
    instruction: Answers
    losses: list[float]
    seconds: float


@dataclass(frozen=True)
class Measured:
    """One setting: pair accuracy on the blind pairs and accuracy on ordinary questions.

    ``by_pattern`` is the pair accuracy by the visual pattern that a question is about,
    ``by_kind`` the instruction accuracy about what captions name, and about details.
    """

    name: str
    reference_share: float | None
    mmvp: Accuracy
    mmvp_single: Accuracy
    instruction: Accuracy
    by_kind: dict[str, Accuracy]
    by_pattern: dict[str, float]
    final_losses: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """All of it; ``caption_alone`` is the instruction accuracy of one who reads only captions."""

    seeds: int
    pairs: int
    instruction_questions: int
    caption_alone: float
    caption_alone_details: float
    pairs_by_pattern: dict[str, int]
    encoders: dict[str, str]
    facts: dict[str, object]
    settings: tuple[Measured, ...]
    published: tuple[Published, ...] = PUBLISHED


def report(
    material: Material,
    runs: Sequence[Run],
    settings: Sequence[Setting],
    facts: dict[str, object],
) -> Report:
    """Count what the runs got right; all settings must have been run with the same seeds."""
    asked = material.instruction_questions()
    rows = np.array([row for row, _ in asked])
    detail = np.array([question.about not in NAMED_BY_CAPTIONS for _, question in asked])
    patterns = np.array([PATTERN_OF_FACTOR[p.questions[0].about] for p in material.pairs])
    knows = np.array(caption_knows(material))
    answers = {setting.name: _answers(runs, setting.name) for setting in settings}
    which = {_CAPTION: ~detail, _DETAIL: detail}
    measured = []
    for setting in settings:
        pairs, instruction, losses = answers[setting.name]
        before = None if setting.name == ALONE else answers[ALONE]
        measured.append(
            Measured(
                name=setting.name,
                reference_share=setting.reference_share,
                mmvp=accuracy(_both(pairs), range(len(patterns)), before and _both(before[0])),
                mmvp_single=accuracy(pairs, np.arange(pairs.shape[1]) // 2, before and before[0]),
                instruction=accuracy(instruction, rows, before and before[1]),
                by_kind={
                    name: accuracy(
                        instruction[:, own],
                        rows[own],
                        None if before is None else before[1][:, own],
                    )
                    for name, own in which.items()
                },
                by_pattern={
                    str(name): round(float(_both(pairs)[:, patterns == name].mean()), 5)
                    for name in np.unique(patterns)
                },
                final_losses=losses,
            )
        )
    names, counts = np.unique(patterns, return_counts=True)
    return Report(
        seeds=len(answers[ALONE][0]),
        pairs=len(patterns),
        instruction_questions=len(asked),
        caption_alone=float(knows.mean()),
        caption_alone_details=float(knows[detail].mean()),
        pairs_by_pattern={str(n): int(c) for n, c in zip(names, counts, strict=True)},
        encoders=material.encoders,
        facts=facts,
        settings=tuple(measured),
    )


def _answers(runs: Sequence[Run], name: str) -> tuple[Answers, Answers, tuple[float, ...]]:
    own = sorted((run for run in runs if run.setting == name), key=lambda run: run.seed)
    return (
        np.stack([run.pairs for run in own]),
        np.stack([run.instruction for run in own]),
        tuple(round(run.losses[-1], 4) for run in own),
    )


def _both(right: Answers) -> Answers:
    return np.logical_and(right[:, 0::2], right[:, 1::2])


def as_document(found: Report) -> dict[str, Any]:
    """The report as JSON has it, rounded to five digits."""
    document: dict[str, Any] = json.loads(json.dumps(_rounded(asdict(found))))
    return document


def write(found: Report, folder: Path) -> Path:
    """Write ``results.json`` into the folder."""
    file = folder / RESULTS
    write_bytes(file, (json.dumps(as_document(found), indent=1) + "\n").encode())
    return file


def read(file: Path) -> dict[str, Any]:
    """A ``results.json`` again.

    Raises:
        UnreadableBenchmark: it is none.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        names = [one["name"] for one in found["settings"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableBenchmark(
            "these are no results of mmvp mof experiment.", where=str(file)
        ) from error
    if not names:
        raise UnreadableBenchmark("there are no results in it.", where=str(file))
    return dict(found)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
