"""What the Adjudicate page shows: the pairs in dispute, and one with everything said about it."""

from collections.abc import Sequence
from typing import Any

from annotator.patterns import patterns_with
from annotator.review import picture
from annotator.studio import Studio
from annotator.wording import word_diff
from db.disputes import BlindVoice, Dispute, DisputeLine, Version, get_dispute, list_disputes
from db.images import get_image
from db.lifecycle import BlindAnswer, PairState
from db.views import QuestionView


def bench(studio: Studio, wanted: int | None, message: str = "") -> dict[str, Any]:
    """The list of pairs in dispute and the chosen one, or the first, as JSON values."""
    lines = list_disputes(studio.database)
    chosen = wanted if wanted is not None else next((line.pair_id for line in lines), None)
    dispute = None if chosen is None else get_dispute(studio.database, chosen)
    if dispute is None and wanted is not None:
        message = message or f"There is no pair {wanted}."
    return {
        "lines": [_line(studio, line) for line in lines],
        "dispute": dispute and _dispute(dispute),
        "patterns": [
            {"slug": one.slug, "name": one.name}
            for one in patterns_with(studio, dispute.card if dispute else None)
        ],
        "message": message,
    }


def _line(studio: Studio, line: DisputeLine) -> dict[str, Any]:
    images = [get_image(studio.database, n) for n in (line.first_image_id, line.second_image_id)]
    return {
        "pair_id": line.pair_id,
        "state": line.state.value,
        "question": line.question or "",
        "images": [picture(image)["thumbnail"] for image in images if image],
        "why": _why(line),
    }


def _why(line: DisputeLine) -> list[str]:
    """The reasons why a pair is here, the most telling first."""
    if line.state is PairState.disputed:
        return ["annotators disagree"]
    why = ["key may be swapped"] if line.looks_swapped else []
    if line.n_bad_question:
        why.append(f"question is bad: {line.n_bad_question}")
    if line.n_cannot_tell:
        why.append(f"cannot tell: {line.n_cannot_tell}")
    n_against = line.n_answers - line.n_right - line.n_bad_question - line.n_cannot_tell
    if n_against and not line.looks_swapped:
        why.append(f"{n_against} of {line.n_answers} against the key")
    return why


def _dispute(dispute: Dispute) -> dict[str, Any]:
    card = dispute.card
    current = card.annotation.question if card.annotation else None
    return {
        "pair_id": card.id,
        "version": card.version,
        "state": card.state.value,
        "first": picture(card.first),
        "second": picture(card.second),
        "looks_swapped": dispute.looks_swapped,
        "current": current and _question(current),
        "versions": [_version(one, current, dispute.voices) for one in dispute.versions],
        "voices": [_voice(one) for one in dispute.voices],
        "opinions": [
            {
                "by": one.by,
                "decision": one.decision.value,
                "reason": one.reason or "",
                "at": one.at.isoformat(),
            }
            for one in dispute.opinions
        ],
        "rulings": [
            {
                "by": one.by,
                "at": one.at.isoformat(),
                "ruling": one.ruling.value,
                "reason": one.reason,
            }
            for one in dispute.rulings
        ],
    }


def _question(view: QuestionView) -> dict[str, Any]:
    """In the words of the service layer, so that it can be sent back as it is."""
    return {
        "question": view.text,
        "option_a": view.option_a,
        "option_b": view.option_b,
        "answer_first": view.answer_first,
        "answer_second": view.answer_second,
        "pattern": view.pattern or "",
    }


def _version(
    version: Version, current: QuestionView | None, voices: Sequence[BlindVoice]
) -> dict[str, Any]:
    """A version with what is different in it from the one that stands."""
    mine = _question(version.question)
    standing = _question(current) if current else mine
    heard = [one for one in voices if one.digest == version.digest]
    keys = {"first": version.question.answer_first, "second": version.question.answer_second}
    return {
        "by": version.by,
        "at": version.at.isoformat(),
        "is_current": version.is_current,
        "question": mine,
        "diff": {
            name: word_diff(standing[name], mine[name])
            for name in ("question", "option_a", "option_b")
        },
        "other_key": standing["answer_first"] != mine["answer_first"],
        "other_pattern": standing["pattern"] != mine["pattern"],
        "n_answers": len(heard),
        "n_right": sum(one.answer.value == keys[one.side.value] for one in heard),
    }


def _voice(voice: BlindVoice) -> dict[str, Any]:
    words = {
        BlindAnswer.cannot_tell: "cannot tell",
        BlindAnswer.bad_question: "question is bad",
    }
    return {
        "by": voice.by,
        "side": voice.side.value,
        "answer": voice.answer.value,
        "said": words.get(voice.answer, voice.option),
        "comment": voice.comment,
        "seconds": round(voice.seconds, 1),
        "at": voice.at.isoformat(),
        "is_right": voice.is_right,
        "set_aside": voice.set_aside,
        "is_old": voice.is_right is None,
    }
