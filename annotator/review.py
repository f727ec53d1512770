"""What the review page shows: a pair, the pairs after it, and how far one is."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from annotator.imported_view import origin_of_pair
from annotator.patterns import tag_of_pair, workspace_patterns
from annotator.statements import own_statements
from annotator.studio import Studio
from db.annotations import load_draft
from db.claims import Claim, claim, claim_pair
from db.images import image_labels
from db.leases import Obstacle, count_held
from db.lifecycle import DONE_STATES, PairState, RunKind
from db.pairs import has_any_run
from db.policy import Policy, get_policy
from db.progress import count_states
from db.selections import SelectionView, get_filter
from db.shortage import count_complete
from db.undo import can_redo
from db.views import ImageView, PairCard

PREFETCHED = 3
MOST_SECONDS_BETWEEN_BEATS = 60
Empty = Literal[
    "no_images", "no_pairs", "none_found", "held", "filter_done", "others_next", "all_done"
]


@dataclass(frozen=True)
class Desk:
    """One annotator's view: a claim without a pair has nothing to show, and `empty` says why."""

    studio: Studio
    annotator_id: int
    annotator: str
    claim: Claim
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything the page needs to draw itself."""
        database, pair, me = self.studio.database, self.claim.pair, self.annotator_id
        draft = load_draft(database, pair.id, annotator_id=me) if pair else {}
        chosen = get_filter(database, annotator_id=me)
        policy = get_policy(database)
        states = count_states(database)
        return {
            "pair": self._card(pair) if pair else None,
            "upcoming": [self._card(card) for card in self.claim.ahead],
            "draft": draft,
            "empty": None if pair else why_empty(self.studio, me, policy, states, chosen),
            "workspace": shlex.quote(str(self.studio.workspace.root)),
            "progress": counts(self.studio, states),
            "message": self.message,
            "lease": lease_json(self.studio, self.claim),
            "obstacle": obstacle_json(self.claim.obstacle, policy),
            "filter": chosen and {"id": chosen.id, "name": chosen.name, "n_left": chosen.n_left},
            "quotas": quotas(self.studio, policy),
            "redo": can_redo(database, annotator_id=me),
        }

    def _card(self, card: PairCard) -> dict[str, Any]:
        note, question = card.annotation, card.annotation and card.annotation.question
        return {
            "id": card.id,
            "version": card.version,
            "state": card.state.value,
            "rank": card.rank,
            "origin": origin_of_pair(self.studio, card.id) if _is_imported(card) else None,
            "first": picture(card.first),
            "second": picture(card.second),
            "blind_cosine": card.blind_cosine,
            "reference_cosine": card.reference_cosine,
            "gap": card.gap,
            "blind_encoder": card.blind_encoder,
            "reference_encoder": card.reference_encoder,
            "blind_name": card.blind_encoder and encoder_label(card.blind_encoder),
            "reference_name": card.reference_encoder and encoder_label(card.reference_encoder),
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
                "tag": tag_of_pair(self.studio, card.id),
                "note": note.note if note else "",
                **own_statements(question),
            },
        }


def _is_imported(card: PairCard) -> bool:
    return card.run_kind is not RunKind.mined


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


def next_claim(studio: Studio, annotator_id: int, after_pair_id: int | None = None) -> Claim:
    """The pair this person sees next, theirs for some minutes; none when nothing is left."""
    return claim(
        studio.database,
        annotator_id,
        minutes=studio.settings.lease_minutes,
        after_pair_id=after_pair_id,
        n_ahead=PREFETCHED,
    )


def claim_of(
    studio: Studio, annotator_id: int, pair_id: int, after_pair_id: int | None = None
) -> Claim | None:
    """This very pair, to look at only if somebody else is on it; None if there is none."""
    return claim_pair(
        studio.database,
        pair_id,
        annotator_id=annotator_id,
        minutes=studio.settings.lease_minutes,
        after_pair_id=after_pair_id,
        n_ahead=PREFETCHED,
    )


def open_pair(
    studio: Studio, annotator_id: int, wanted: str, after_pair_id: int | None = None
) -> tuple[Claim, str]:
    """The pair of a deep link, or the next one and a sentence that says why."""
    # SQLite's integers end at 2**63 - 1; no pair has a number of 19 digits
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        told = "That link names no pair. Showing the next one."
        return next_claim(studio, annotator_id, after_pair_id), told
    found = claim_of(studio, annotator_id, int(wanted), after_pair_id)
    if found is None:
        told = f"There is no pair {int(wanted)}. Showing the next one."
        return next_claim(studio, annotator_id, after_pair_id), told
    return found, ""


def lease_json(studio: Studio, held: Claim) -> dict[str, Any] | None:
    """What a page needs to keep its pair and to let it go."""
    if held.until is None:
        return None
    seconds = min(MOST_SECONDS_BETWEEN_BEATS, studio.settings.lease_minutes * 60 / 3)
    return {"token": held.token, "until": held.until.isoformat(), "beat_seconds": seconds}


def obstacle_json(obstacle: Obstacle | None, policy: Policy) -> dict[str, Any] | None:
    """Why a pair is only to be looked at: `by` has it until then; without one it has enough."""
    if obstacle is None:
        return None
    until = obstacle.until and obstacle.until.isoformat()
    return {"by": obstacle.by, "until": until, "overlap": policy.overlap}


def counts(studio: Studio, now: Mapping[PairState, int]) -> dict[str, int]:
    """Complete pairs against the target, what is left in the queue, and the other states."""
    by_state = {state.value: n for state, n in now.items()}
    queue = now[PairState.unreviewed] + now[PairState.partial]
    done = sum(now[state] for state in DONE_STATES)
    return {**by_state, "complete": done, "target": studio.settings.target_pairs, "queue": queue}


def quotas(studio: Studio, policy: Policy) -> dict[str, dict[str, int]]:
    """Complete pairs, counted no further than the quota, and the quota of each pattern."""
    targets = {one.slug: policy.target(one.slug) for one in workspace_patterns(studio)}
    wanted = {slug: target for slug, target in targets.items() if target is not None}
    filled = count_complete(studio.database, wanted)
    return {slug: {"n": filled[slug], "target": target} for slug, target in wanted.items()}


def why_empty(
    studio: Studio,
    annotator_id: int,
    policy: Policy,
    states: Mapping[PairState, int],
    chosen: SelectionView | None,
) -> Empty:
    """The reason why there is no pair to show, which is what the person can do about it."""
    if not has_any_run(studio.database):
        return "no_pairs" if image_labels(studio.database) else "no_images"
    if count_held(studio.database, annotator_id=annotator_id):
        return "held"
    if chosen is not None:
        return "filter_done"
    if policy.overlap > 1 and states[PairState.partial]:
        return "others_next"
    return "all_done" if any(states.values()) else "none_found"


def waits_for(current: PairCard, me: str) -> bool:
    """Whether this person accepted the pair and is to write its question."""
    note = current.annotation
    return current.state is PairState.accepted and note is not None and note.annotator == me


def changed_by_somebody(current: PairCard, me: str) -> str:
    """What happened to a pair that was decided elsewhere between showing it and deciding it."""
    note = current.annotation
    if current.state is PairState.unreviewed or note is None:
        return f"Pair {current.id} was reopened a moment ago."
    who = "You" if note.annotator == me else note.annotator
    where = " in another window" if note.annotator == me else ""
    return f"{who} decided this pair a moment ago{where}: {current.state.value}."
