"""What a linear probe is to tell in this workspace: the answers of questions, or image labels."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles
from annotator.studio import Studio
from db.labels import image_fields
from db.lifecycle import DONE_STATES
from db.pairs import list_cards, pair_links
from db.views import PairCard, QuestionView
from embeddings.demo.factors import PATTERN_OF_FACTOR
from embeddings.mixing import Mixing, fit_rotation, mixed_vectors
from embeddings.progress import Progress
from evaluation.probing import (
    Probed,
    ProbeOptions,
    ProbeTask,
    TooFewLabels,
    linear_probe,
    linked_groups,
)

Vectors = NDArray[np.float32]

BLIND, REFERENCE, CONCATENATION = "blind", "reference", "concatenation"
MOST_IMAGES: Final = 5000
_LABEL_COLUMN: Final = "label"
_DEMO_MARK: Final = "demo.json"


@dataclass(frozen=True)
class NotProbed:
    """A task that has too little to learn from, and why."""

    name: str
    pattern: str
    reason: str


@dataclass(frozen=True)
class ProbeReport:
    """Linear probes of a workspace.

    Attributes:
        predicts: what the probes tell, in words.
        features: names of the kinds of features, in the order of each task's scores.
    """

    blind_encoder: str
    reference_encoder: str
    predicts: str
    features: list[str]
    folds: int
    tasks: list[Probed]
    not_probed: list[NotProbed]


def features_of(blind: Vectors, reference: Vectors, shares: Sequence[float]) -> dict[str, Vectors]:
    """The spaces that are probed: each encoder alone, A-MoF at each reference share, both."""
    rotation = fit_rotation(blind, reference)
    found = {BLIND: blind, REFERENCE: reference}
    for share in shares:
        found[f"A-MoF {share:g}"] = mixed_vectors(
            blind, reference, share, Mixing.addition, rotation
        )
    both = mixed_vectors(blind, reference, 0.5, Mixing.concatenation, rotation)
    return found | {CONCATENATION: both}


def question_tasks(studio: Studio, row: Mapping[int, int]) -> list[ProbeTask]:
    """Which of two answers an image gets: one task for each pattern and two answers.

    Args:
        row: of each image id in the features.
    """
    cards = [
        (card, card.annotation.question)
        for card in list_cards(studio.database, states=DONE_STATES)
        if card.annotation is not None and card.annotation.question is not None
        if card.first.id in row and card.second.id in row
    ]
    asked: dict[tuple[str, str, str], list[tuple[PairCard, QuestionView]]] = defaultdict(list)
    for card, question in cards:
        answers = sorted((_plain(question.option_a), _plain(question.option_b)))
        asked[question.pattern or "", answers[0], answers[1]].append((card, question))
    return [
        _question_task(f"{one} / {other}", pattern, found, row)
        for (pattern, one, other), found in sorted(asked.items())
    ]


def label_tasks(
    studio: Studio,
    roles: EncoderRoles,
    row: Mapping[int, int],
    columns: Sequence[str],
    *,
    most: int = MOST_IMAGES,
    seed: int = 0,
) -> list[ProbeTask]:
    """One task for each column of the manifest: which value an image has in it.

    Args:
        columns: NAME or NAME=PATTERN; ``label`` is the label. In a demo ``all`` are the details
            that the scenes were drawn with, and a detail's pattern need not be named.
        most: images of one task; of more so many are drawn, those of candidate pairs first.

    Raises:
        AppError: no image has such a column.
    """
    values = _values(studio, row)
    links = pair_links(studio.database, (roles.blind, roles.reference))
    pairs = [
        (row[link.first_image_id], row[link.second_image_id])
        for link in links
        if link.first_image_id in row and link.second_image_id in row
    ]
    tasks = []
    for name, pattern in _named(studio, columns):
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise AppError(
                "no image with vectors has a value in this column of the manifest.",
                where=name,
                hint=f"Columns with values: {known}.",
            )
        tasks.append(_label_task(name, pattern, values[name], pairs, most, seed))
    return tasks


def probe(
    roles: EncoderRoles,
    tasks: Sequence[ProbeTask],
    features: Mapping[str, Vectors],
    options: ProbeOptions,
    *,
    predicts: str,
    progress: Progress | None = None,
) -> ProbeReport:
    """Probes every task that has enough to learn from, and says of the others why not."""
    probed, refused = [], []
    total, done = len(tasks) * len(features) * options.folds, 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    for task in tasks:
        try:
            probed.append(linear_probe(task, features, options, on_fold=count))
        except TooFewLabels as error:
            refused.append(NotProbed(task.name, task.pattern, f"{error.what} {error.hint}".strip()))
            total -= len(features) * options.folds
    return ProbeReport(
        blind_encoder=roles.blind,
        reference_encoder=roles.reference,
        predicts=predicts,
        features=list(features),
        folds=options.folds,
        tasks=probed,
        not_probed=refused,
    )


def _plain(answer: str) -> str:
    return " ".join(answer.casefold().split())


def _question_task(
    name: str,
    pattern: str,
    found: Sequence[tuple[PairCard, QuestionView]],
    row: Mapping[int, int],
) -> ProbeTask:
    rows, labels = [], []
    for card, question in found:
        options = {"a": _plain(question.option_a), "b": _plain(question.option_b)}
        rows += [row[card.first.id], row[card.second.id]]
        labels += [options[question.answer_first], options[question.answer_second]]
    samples = np.array(rows, dtype=np.int64)
    pairs = np.arange(len(rows), dtype=np.int64).reshape(-1, 2)
    # An image of several pairs is several samples, all of one group.
    same = np.unique(samples, return_index=True, return_inverse=True)
    first_of_image = same[1][same[2]]
    again = np.stack([np.arange(len(rows)), first_of_image], axis=1)
    groups = linked_groups(len(rows), np.concatenate([pairs, again]))
    return ProbeTask(name, pattern, samples, labels, groups, pairs)


def _label_task(
    name: str,
    pattern: str,
    values: Mapping[int, str],
    pairs: Sequence[tuple[int, int]],
    most: int,
    seed: int,
) -> ProbeTask:
    in_pairs = {one for pair in pairs if pair[0] in values and pair[1] in values for one in pair}
    others = [one for one in values if one not in in_pairs]
    shuffled = [others[k] for k in np.random.default_rng(seed).permutation(len(others))]
    rows = [*sorted(in_pairs), *shuffled][:most]
    place = {one: k for k, one in enumerate(rows)}
    linked = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    differ = [(a, b) for a, b in linked if values[rows[a]] != values[rows[b]]]
    return ProbeTask(
        name=name,
        pattern=pattern,
        rows=np.array(rows, dtype=np.int64),
        labels=[values[one] for one in rows],
        groups=linked_groups(len(rows), np.array(linked, dtype=np.int64).reshape(-1, 2)),
        pairs=np.array(differ, dtype=np.int64).reshape(-1, 2),
    )


def _values(studio: Studio, row: Mapping[int, int]) -> dict[str, dict[int, str]]:
    """What each row has in each column of the manifest, where it has anything."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for image in image_fields(studio.database):
        columns = {**image.extra, **({_LABEL_COLUMN: image.label} if image.label else {})}
        for name, value in columns.items():
            if value and image.id in row:
                found[name][row[image.id]] = value
    return dict(found)


def _named(studio: Studio, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(column, slug of its pattern or nothing)."""
    known = PATTERN_OF_FACTOR if (studio.workspace.root / _DEMO_MARK).exists() else {}
    for text in columns:
        if text == "all" and known:
            yield from known.items()
            continue
        name, _, pattern = text.partition("=")
        yield name, pattern or known.get(name, "")
