"""Stored answers against the questions as they are now, and against those of before."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.graders import GRADERS, JUDGE, grader
from evaluation.items import Item, QuestionSet
from evaluation.mllms.evaluation import GraderScore
from evaluation.question import Choice
from evaluation.results.hand import Grades, HandGrade, answer_digest
from evaluation.results.stored import StoredAnswer, StoredRun, Wording
from evaluation.scores import GradedAnswer, Scores, score
from evaluation.statistics import Share

OWN_GRADERS = ("strict", "option-text", JUDGE)
"""Where grades by hand count; other programs' rules say what those programs would."""
_OTHER: Mapping[Choice, Choice] = {"a": "b", "b": "a"}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One stored answer as it reads under a grader.

    ``chosen_then`` is the option by the letters of the words asked, ``chosen`` by those of now;
    None: nobody can tell. ``item`` is None where the pair is not in the benchmark any more, and
    an answer is ``stale`` where the question has other words than were asked.
    """

    stored: StoredAnswer
    item: Item | None
    chosen_then: Choice | None
    chosen: Choice | None
    hand: HandGrade | None
    stale: bool

    @property
    def right(self) -> bool | None:
        """Whether it is right by the key of now; None if it is not about the question of now."""
        if self.item is None or self.stale:
            return None
        return self.chosen == self.item.gold

    @property
    def right_then(self) -> bool:
        """Whether it was right by the key of then."""
        return self.chosen_then == self.stored.asked.gold


@dataclass(frozen=True, kw_only=True)
class Rescored:
    """A run's scores.

    ``now`` counts the answers to the questions as they are, by their present keys; ``before`` the
    benchmark as it was asked, by the keys of then, on the same run's answers; it is None where
    nothing changed. ``stale`` pairs have an answer to other words and none to the present ones,
    ``corrected`` pairs another key than when they were asked, ``gone`` pairs left the benchmark.
    """

    now: Scores
    before: Scores | None
    repeats: Sequence[Share]
    stale: Sequence[int]
    corrected: Sequence[int]
    gone: Sequence[int]
    by_hand: int


def questions_digest(questions: QuestionSet) -> str:
    """Hex SHA-256 of all questions with their options and keys, by pair and side."""
    words = [
        [one.pair_id, one.side, one.question, one.option_a, one.option_b, one.gold]
        for one in sorted(questions.items, key=lambda one: (one.pair_id, one.side))
    ]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def is_judged(run: StoredRun) -> bool:
    """Whether a judge said something of this run's answers."""
    return any(one.verdict for one in run.answers)


def graders_of(run: StoredRun) -> list[str]:
    """The graders that can read this run."""
    return [*GRADERS, *([JUDGE] if is_judged(run) else [])]


def read_then(run: StoredRun, grader_name: str) -> list[Choice | None]:
    """Each answer of the run as the grader reads it, by the letters of the words asked.

    Raises:
        UnknownGrader: there is no such grader.
    """
    if grader_name == JUDGE:
        return [one.verdict.chosen if one.verdict else None for one in run.answers]
    rule = grader(grader_name)
    return [one.answer.read(one.asked.into(_NOBODY), rule) for one in run.answers]


# Only its words are read, and those are put into it.
_NOBODY = Item(
    pair_id=0, side="first", row=0, question="", option_a="", option_b="", gold="a",
    pattern=None, image="",
)  # fmt: skip


def readings(
    run: StoredRun,
    then: Sequence[Choice | None],
    questions: QuestionSet,
    grader_name: str,
    grades: Grades,
) -> list[Reading]:
    """Every answer of a run beside the question of now; ``then`` is what ``read_then`` gave."""
    items: dict[tuple[int, str], Item] = {
        (item.pair_id, item.side): item for item in questions.items
    }
    found = []
    for one, read in zip(run.answers, then, strict=True):
        item = items.get((one.pair_id, one.side))
        hand = grades.get((one.place, answer_digest(one))) if grades else None
        if hand is not None and hand.given == "open":
            hand = None
        if hand is not None and read is None and grader_name in OWN_GRADERS:
            read = _by_hand(hand)
        stale = item is not None and not one.asked.asks_the_same(item)
        chosen = None if item is None or stale else _now(read, one.asked, item)
        if grader_name == JUDGE and item is not None and not stale and not _judged_by(one, item):
            chosen = None
        found.append(
            Reading(stored=one, item=item, chosen_then=read, chosen=chosen, hand=hand, stale=stale)
        )
    return found


def _by_hand(hand: HandGrade) -> Choice | None:
    if hand.given in ("a", "b"):
        return "a" if hand.given == "a" else "b"
    return None


def _now(read: Choice | None, asked: Wording, item: Item) -> Choice | None:
    """The same option by its letter of now."""
    if read is None or asked.option_a == item.option_a:
        return read
    return _OTHER[read]


def _judged_by(one: StoredAnswer, item: Item) -> bool:
    """Whether the judge was told the key of now; a "no" to another key says nothing of this one."""
    return one.verdict is None or _now(one.verdict.gold, one.asked, item) == item.gold


def current(found: Iterable[Reading], repeat: int = 1) -> dict[tuple[int, str], Reading]:
    """The readings about the questions as they are now, the newest of each image."""
    return {
        (one.stored.pair_id, one.stored.side): one
        for one in found
        if one.item is not None and not one.stale and one.stored.repeat == repeat
    }


def rescore(found: Sequence[Reading], questions: QuestionSet) -> Rescored:
    """The scores of a run's readings, now and before the questions changed."""
    repeats = sorted({one.stored.repeat for one in found}) or [1]
    now = {repeat: current(found, repeat) for repeat in repeats}
    first = now[repeats[0]]
    told = [one for one in found if one.stored.repeat == repeats[0]]
    changed = _changed(told, first)
    gone = sorted({one.stored.pair_id for one in told if one.item is None})
    differs = gone or changed[1] or any(one.stale for one in told)
    slugs = list(questions.patterns)
    return Rescored(
        now=score(_graded(first.values()), patterns=slugs, pair_ids=questions.pair_ids),
        before=score(_before(told, first), patterns=slugs) if differs else None,
        repeats=[
            score(_plain(one.values()), pair_ids=questions.pair_ids).overall.pair
            for one in now.values()
        ],
        stale=changed[0],
        corrected=changed[1],
        gone=gone,
        by_hand=sum(one.hand is not None for one in told),
    )


def _changed(
    told: Sequence[Reading], now: Mapping[tuple[int, str], Reading]
) -> tuple[list[int], list[int]]:
    """The pairs without an answer to their present words, and those with another key."""
    stale = {
        one.stored.pair_id
        for one in told
        if one.stale and (one.stored.pair_id, one.stored.side) not in now
    }
    corrected = {
        one.item.pair_id
        for one in now.values()
        if one.item is not None
        and _now(one.stored.asked.gold, one.stored.asked, one.item) != one.item.gold
    }
    return sorted(stale), sorted(corrected - stale)


def _before(told: Sequence[Reading], now: Mapping[tuple[int, str], Reading]) -> list[GradedAnswer]:
    """The version before: of each pair the last words that are not those of now, else these.

    Both images of a pair come from the same version, as far as both were asked in it.
    """
    versions: dict[int, dict[tuple[str, str, str], dict[str, Reading]]] = defaultdict(dict)
    for one in told:
        asked = one.stored.asked
        words = (asked.text, asked.option_a, asked.option_b)
        versions[one.stored.pair_id].setdefault(words, {})[one.stored.side] = one
    shown: dict[int, list[Reading]] = defaultdict(list)
    for (pair_id, _), one in now.items():
        shown[pair_id].append(one)
    graded = []
    for pair_id, by_words in versions.items():
        old = [
            sides
            for sides in by_words.values()
            if len(sides) == 2 and all(one.stale or one.item is None for one in sides.values())
        ]
        for one in old[-1].values() if old else shown[pair_id]:
            graded.append(
                GradedAnswer(
                    pair_id=pair_id,
                    side=one.stored.side,
                    gold=one.stored.asked.gold,
                    chosen=one.chosen_then,
                    pattern=one.item.pattern if one.item else None,
                )
            )
    return graded


def _graded(found: Iterable[Reading]) -> list[GradedAnswer]:
    return [
        GradedAnswer(
            pair_id=one.item.pair_id,
            side=one.item.side,
            gold=one.item.gold,
            chosen=one.chosen,
            pattern=one.item.pattern,
        )
        for one in found
        if one.item is not None
    ]


def _plain(found: Iterable[Reading]) -> list[GradedAnswer]:
    """The same without patterns, for scores that need none."""
    return [
        GradedAnswer(pair_id=one.pair_id, side=one.side, gold=one.gold, chosen=one.chosen)
        for one in _graded(found)
    ]


def short_score(found: Sequence[Reading], questions: QuestionSet) -> GraderScore:
    """How a run scores under one grader, without what stands by pattern."""
    first = min((one.stored.repeat for one in found), default=1)
    short = score(_plain(current(found, first).values()), pair_ids=questions.pair_ids)
    return GraderScore(
        pair=short.overall.pair, single=short.overall.single, ungradable=short.ungradable
    )


def graded_now(found: Sequence[Reading]) -> list[GradedAnswer]:
    """The answers of the first repeat to the questions as they are now, for comparing two runs."""
    first = min((one.stored.repeat for one in found), default=1)
    return _graded(current(found, first).values())
