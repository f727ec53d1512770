"""What the panel with a pair's history shows: each event in words, with what it changed."""

from typing import Any

from annotator.history import CHANGE, RULED, decided_words
from annotator.patterns import pattern_names
from annotator.studio import Studio
from annotator.wording import word_diff
from db.annotations import STATEMENT_FIELDS
from db.history import EventKind
from db.lifecycle import BlindAnswer
from db.restore import Restorer
from db.timeline import BlindOutcome, PairVersion, Timeline, TimelineEntry, pair_timeline
from db.views import QuestionView

_WORDS = ("text", "option_a", "option_b", *STATEMENT_FIELDS)
MOST_SHOWN = 200


def history(studio: Studio, pair_id: int, reader: Restorer) -> dict[str, Any] | None:
    """The timeline of a pair for this person, newest first, as JSON; None: there is no pair."""
    found = pair_timeline(studio.database, pair_id, reader=reader)
    return None if found is None else _json(found, pattern_names(studio))


def _json(timeline: Timeline, names: dict[str, str]) -> dict[str, Any]:
    shown = timeline.entries[:MOST_SHOWN]
    return {
        "pair_id": timeline.pair_id,
        "version": timeline.pair_version,
        "entries": [_entry(entry, names) for entry in shown],
        "n_older": len(timeline.entries) - len(shown),
        "n_hidden": timeline.n_hidden,
        "only_own": timeline.only_own,
    }


def _entry(entry: TimelineEntry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "by": entry.by or "",
        "kind": entry.kind.value,
        "what": _headline(entry),
        "why": entry.ruling_reason or "",
        "state": entry.state.value,
        "question": _question(entry.version, entry.previous, names),
        "answer": entry.answer and _answer(entry.answer),
        "stands": entry.stands,
        "is_current": entry.is_current,
        "restorable": entry.restorable,
    }


def _headline(entry: TimelineEntry) -> str:
    if entry.kind is EventKind.verification:
        taken_back = entry.answer is not None and entry.answer.taken_back
        return "took a blind answer back" if taken_back else "answered blind"
    if entry.ruling is not None:
        return RULED[entry.ruling]
    if entry.kind in (EventKind.undo, EventKind.redo):
        did = "took back" if entry.kind is EventKind.undo else "did again"
        return f"{did} {CHANGE.get(entry.of or '', 'the last change')}"
    version = entry.version
    if version is None:
        return entry.kind.value
    if entry.kind is EventKind.restore:
        return f"restored an earlier version: {_kind_of(version)}"
    if entry.kind is EventKind.decision:
        return decided_words(version.decision, version.reason)
    had_one = entry.previous is not None and entry.previous.question is not None
    return "rewrote the question" if had_one else "wrote the question"


def _kind_of(version: PairVersion) -> str:
    if version.decision == "accept" and version.question is not None:
        return "its question"
    return decided_words(version.decision, version.reason)


def _question(
    version: PairVersion | None, previous: PairVersion | None, names: dict[str, str]
) -> dict[str, Any] | None:
    """The words that an event brought, with what is different from those before; else None."""
    mine = None if version is None else version.question
    before = None if previous is None else previous.question
    if version is None or mine is None or mine == before:
        return None
    standing = before or mine
    said, now = as_words(standing), as_words(mine)
    return {
        **now,
        "diff": {name: word_diff(said[name], now[name]) for name in _WORDS},
        "other_key": standing.answer_first != mine.answer_first,
        "pattern_name": names.get(mine.pattern or "", mine.pattern or ""),
        "other_pattern": standing.pattern != mine.pattern,
        "note": version.note,
    }


def as_words(question: QuestionView) -> dict[str, str]:
    """A question as the write form names its fields."""
    return {
        "text": question.text,
        "option_a": question.option_a,
        "option_b": question.option_b,
        "answer_first": question.answer_first,
        "answer_second": question.answer_second,
        "pattern": question.pattern or "",
        "statement_first": question.statement_first or "",
        "statement_second": question.statement_second or "",
    }


def _answer(outcome: BlindOutcome) -> dict[str, str]:
    said = {
        BlindAnswer.cannot_tell: "cannot tell",
        BlindAnswer.bad_question: "the question is bad",
    }
    return {
        "side": outcome.side.value,
        "said": said.get(outcome.answer, outcome.option),
        "comment": outcome.comment,
    }
