"""The runs that a workspace keeps, read once and scored against its questions as they are now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from annotator.errors import AppError
from annotator.exchange import exported_states
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.verification import results as blind_results
from db.pairs import list_cards
from db.views import ImageView, PairCard
from evaluation.graders import GRADERS, JUDGE, grader
from evaluation.items import Item, QuestionSet
from evaluation.question import Choice
from evaluation.results.hand import (
    Given,
    Grades,
    HandGrade,
    answer_digest,
    give_grade,
    grades_path,
    load_grades,
)
from evaluation.results.rescoring import Reading, read_then, readings
from evaluation.results.stored import StoredRun, load_run, run_files, run_path
from evaluation.scores import Side

T = TypeVar("T")
Stamp = tuple[int, int]
"""When a file was last changed, in nanoseconds, and its size; zeros if there is none."""


class NoSuchRun(AppError):
    """The workspace keeps no run of that name, or the run no such answer."""


@dataclass(frozen=True)
class Asked:
    """The workspace's questions as they are now, and the images they are about."""

    questions: QuestionSet
    images: dict[tuple[int, Side], ImageView]


@dataclass(frozen=True)
class ReadRun:
    """A run and its answers as one grader reads them; None if no judge was asked about it."""

    run: StoredRun
    readings: list[Reading] | None


class Results:
    """Reads and scores the runs of a studio; keeps what it read until a file changes."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._folder = studio.workspace.results
        self._kept: dict[object, tuple[object, object]] = {}
        self._lock = RLock()

    def asked(self) -> Asked:
        """The questions in the states that an export holds, in the order of their pairs.

        Unlike `exchange.to_questions` it may find none, and reads no image.
        """
        states = exported_states(self._studio)
        cards = sorted(list_cards(self._studio.database, states=states), key=lambda card: card.id)
        images = {(card.id, side): image for card in cards for side, image in _sides(card)}
        patterns = workspace_patterns(self._studio)
        items = tuple(item for card in cards for item in _items(card))
        names = {one: patterns.name_of(one) for one in patterns.slugs}
        used = dict.fromkeys(item.pattern for item in items if item.pattern)
        names |= {slug: patterns.name_of(slug) for slug in used if slug not in names}
        name = self._studio.workspace.root.name
        return Asked(QuestionSet(name=name, items=items, patterns=names, read_image=_none), images)

    @property
    def encoders(self) -> Path:
        """Folder of what `mmvp eval vlm` measured on the workspace's pairs, a file an encoder."""
        return self._folder / "encoders"

    def people(self) -> dict[str, Any]:
        """Pair accuracy of this workspace's own blind answers, as a share."""
        found: dict[str, Any] = blind_results(self._studio)["total"]["pair"]
        return found

    def names(self) -> list[str]:
        """The runs that are there."""
        return [path.stem for path in run_files(self._folder)]

    def stamps(self) -> tuple[object, ...]:
        """What changes whenever a run or a grade is written."""
        return tuple(
            (path.name, _stamp(path), _stamp(grades_path(path))) for path in run_files(self._folder)
        )

    def read(self, name: str, asked: Asked, grader_name: str) -> ReadRun:
        """A run's answers beside the questions of now, under a grader.

        Raises:
            NoSuchRun: there is none of that name.
            UnknownGrader: there is no such grader.
            EvaluationError: its file is damaged.
        """
        if grader_name != JUDGE:
            grader(grader_name)
        path = run_path(self._folder, name)
        if not path.exists():
            raise NoSuchRun(f"there is no run {name!r}.")
        stamp = _stamp(path)
        run = self._once(("run", path), stamp, lambda: load_run(path))
        judged = any(one.verdict for one in run.answers)
        if grader_name == JUDGE and not judged:
            return ReadRun(run, None)
        then: list[Choice | None] = self._once(
            ("then", path, grader_name), stamp, lambda: read_then(run, grader_name)
        )
        grades = self._grades(path)
        return ReadRun(run, readings(run, then, asked.questions, grader_name, grades))

    def graders(self, run: StoredRun) -> list[str]:
        """The graders that can read a run: the judge only where it was asked."""
        judged = any(one.verdict for one in run.answers)
        return [*GRADERS, *([JUDGE] if judged else [])]

    def grade(
        self, name: str, place: tuple[int, str, int], digest: str, given: Given, seen: int, by: str
    ) -> HandGrade:
        """Keep what a person makes of an answer that the page showed.

        Raises:
            NoSuchRun: there is no such run or answer.
            StaleGrade: somebody graded it in the meantime.
        """
        path = run_path(self._folder, name)
        if not path.exists():
            raise NoSuchRun(f"there is no run {name!r}.")
        run = self._once(("run", path), _stamp(path), lambda: load_run(path))
        for one in run.answers:
            if one.place == place and answer_digest(one) == digest:
                at = datetime.now(UTC).isoformat(timespec="seconds")
                return give_grade(path, one, given, seen=seen, by=by, at=at)
        raise NoSuchRun("this answer is not in the run any more.", where=name, hint="Look again.")

    def grades(self, name: str) -> Grades:
        """The newest grade by hand of each answer of a run."""
        return self._grades(run_path(self._folder, name))

    def once(self, key: object, stamp: object, make: Callable[[], T]) -> T:
        """What `make` made when the stamp was last the same."""
        return self._once(key, stamp, make)

    def _grades(self, path: Path) -> Grades:
        stamp = _stamp(grades_path(path))
        return self._once(("grades", path), stamp, lambda: load_grades(path))

    def _once(self, key: object, stamp: object, make: Callable[[], T]) -> T:
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != stamp:
                found = self._kept[key] = (stamp, make())
        made: T = found[1]  # type: ignore[assignment]
        return made


def _sides(card: PairCard) -> list[tuple[Side, ImageView]]:
    return [("first", card.first), ("second", card.second)]


def _items(card: PairCard) -> list[Item]:
    question = card.annotation.question if card.annotation else None
    if question is None:
        return []
    golds: dict[Side, Choice] = {
        "first": question.answer_first,
        "second": question.answer_second,
    }
    return [
        Item(
            pair_id=card.id,
            side=side,
            row=0,
            question=question.text,
            option_a=question.option_a,
            option_b=question.option_b,
            gold=golds[side],
            pattern=question.pattern or None,
            image=image.sha256,
        )
        for side, image in _sides(card)
    ]


def _none(_name: str) -> bytes:
    raise AppError("no image is read to score answers.")


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
