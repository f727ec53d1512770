"""What the review page shows: a pair, the pairs after it, and how far one is."""

import shlex
from dataclasses import dataclass
from typing import Any, Literal

from annotator.studio import Studio
from db.annotations import load_draft
from db.images import image_labels
from db.lifecycle import PairState
from db.pairs import current_run, get_card
from db.progress import count_states
from db.queue import upcoming
from db.views import ImageView, PairCard

PREFETCHED = 3
Empty = Literal["no_images", "no_pairs", "none_found", "all_done"]


@dataclass(frozen=True)
class Desk:
    """One annotator's view: `pair` is None when there is nothing to show, and `empty` says why."""

    studio: Studio
    annotator_id: int
    annotator: str
    pair: PairCard | None
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything the page needs to draw itself."""
        database = self.studio.database
        ahead = (
            upcoming(database, self.annotator_id, after_pair_id=self.pair.id, n=PREFETCHED)
            if self.pair
            else []
        )
        draft = (
            load_draft(database, self.pair.id, annotator_id=self.annotator_id) if self.pair else {}
        )
        return {
            "pair": self._card(self.pair) if self.pair else None,
            "upcoming": [self._card(card) for card in ahead],
            "draft": draft,
            "empty": None if self.pair else why_empty(self.studio),
            "workspace": shlex.quote(str(self.studio.workspace.root)),
            "progress": counts(self.studio),
            "message": self.message,
        }

    def _card(self, card: PairCard) -> dict[str, Any]:
        note, question = card.annotation, card.annotation and card.annotation.question
        return {
            "id": card.id,
            "version": card.version,
            "state": card.state.value,
            "rank": card.rank,
            "first": picture(card.first),
            "second": picture(card.second),
            "blind_cosine": card.blind_cosine,
            "reference_cosine": card.reference_cosine,
            "gap": card.gap,
            "blind_encoder": card.blind_encoder,
            "reference_encoder": card.reference_encoder,
            "blind_name": encoder_label(card.blind_encoder),
            "reference_name": encoder_label(card.reference_encoder),
            "blind_min": card.blind_min,
            "reference_max": card.reference_max,
            "annotation": note
            and {
                "annotator": note.annotator,
                "mine": note.annotator == self.annotator,
                "decision": note.decision.value,
                "reason": note.reason,
            },
            "question": question
            and {
                "text": question.text,
                "option_a": question.option_a,
                "option_b": question.option_b,
                "answer_first": question.answer_first,
                "answer_second": question.answer_second,
                "pattern": question.pattern or "",
                "note": note.note if note else "",
            },
        }


def picture(image: ImageView) -> dict[str, Any]:
    """An image for the browser: addresses that change with the content, so they cache for good."""
    version = image.sha256[:8]
    return {
        "id": image.id,
        "url": f"/images/{image.id}?v={version}",
        "thumbnail": f"/thumbnails/{image.id}?v={version}",
        "file_name": image.file_name,
        "caption": image.caption or "",
        "label": image.label or "",
        "width": image.width,
        "height": image.height,
    }


def encoder_label(spec: str) -> str:
    """A short name for an encoder spec: without scheme and folders."""
    name = spec.rpartition(":")[2].rstrip("/")
    if spec.startswith("open_clip:") and not name.startswith("/") and name.count("/") == 1:
        return name
    return name.rpartition("/")[2] or spec


def next_pair(
    studio: Studio, annotator_id: int, after_pair_id: int | None = None
) -> PairCard | None:
    """The pair this person sees next; None when nothing is left."""
    ahead = upcoming(studio.database, annotator_id, after_pair_id=after_pair_id, n=1)
    return ahead[0] if ahead else None


def open_pair(studio: Studio, annotator_id: int, wanted: str) -> tuple[PairCard | None, str]:
    """The pair of a deep link, or the next one and a sentence that says why."""
    # SQLite's integers end at 2**63 - 1; no pair has a number of 19 digits
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return next_pair(studio, annotator_id), "That link names no pair. Showing the next one."
    card = get_card(studio.database, int(wanted))
    if card is None:
        return next_pair(studio, annotator_id), (
            f"There is no pair {int(wanted)}. Showing the next one."
        )
    return card, ""


def counts(studio: Studio) -> dict[str, int]:
    """Complete pairs against the target, what is left in the queue, and the other states."""
    now = count_states(studio.database)
    by_state = {state.value: n for state, n in now.items()}
    queue = now[PairState.unreviewed]
    return {**by_state, "target": studio.settings.target_pairs, "queue": queue}


def why_empty(studio: Studio) -> Empty:
    """The reason why there is no pair to show, which is what the person can do about it."""
    run = current_run(studio.database)
    if run is None:
        return "no_pairs" if image_labels(studio.database) else "no_images"
    return "all_done" if any(count_states(studio.database).values()) else "none_found"


def changed_by_somebody(current: PairCard, me: str) -> str:
    """What happened to a pair that was decided elsewhere between showing it and deciding it."""
    note = current.annotation
    if current.state is PairState.unreviewed or note is None:
        return f"Pair {current.id} was reopened a moment ago."
    who = "You" if note.annotator == me else note.annotator
    where = " in another window" if note.annotator == me else ""
    return f"{who} decided this pair a moment ago{where}: {current.state.value}."
