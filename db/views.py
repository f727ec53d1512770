"""What the rest of the product sees of the database: small frozen values, no session attached."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from db.lifecycle import Decision, PairState, RunKind
from db.roles import Role
from db.times import now

Choice = Literal["a", "b"]


@dataclass(frozen=True)
class ImageView:
    """An image; ``path`` is None when none of its files exists any more."""

    id: int
    sha256: str
    width: int
    height: int
    caption: str | None
    label: str | None
    group: str | None
    path: Path | None
    file_name: str


@dataclass(frozen=True)
class ImageLabel:
    """The little that the maps need of an image; there may be a hundred thousand."""

    id: int
    sha256: str
    label: str | None


@dataclass(frozen=True)
class EncoderView:
    """An encoder with fixed weights; ``dimension`` is the length of its vectors."""

    id: int
    spec: str
    name: str
    dimension: int
    weights_digest: str


@dataclass(frozen=True)
class QuestionView:
    """A question with its two options and the right answer for each image.

    The statements are what a person wrote for MMVP-VLM; None where the question says it.
    """

    text: str
    option_a: str
    option_b: str
    answer_first: Choice
    answer_second: Choice
    pattern: str | None
    statement_first: str | None = None
    statement_second: str | None = None


@dataclass(frozen=True)
class AnnotationView:
    """What one person decided and wrote about a pair."""

    id: int
    annotator: str
    decision: Decision
    reason: str | None
    question: QuestionView | None
    note: str
    updated_at: datetime


@dataclass(frozen=True)
class PairCard:
    """A candidate pair with all that a page shows of it.

    ``version`` goes back with every write. ``annotation`` is the newest one, by whoever set the
    state; None while nobody decided. Thresholds are those of the run that last found the pair.
    Of a pair that was imported encoders and thresholds are not known, and often no cosines.
    """

    id: int
    version: int
    state: PairState
    rank: int
    first: ImageView
    second: ImageView
    blind_cosine: float | None
    reference_cosine: float | None
    gap: float | None
    blind_encoder: str | None
    reference_encoder: str | None
    blind_min: float | None
    reference_max: float | None
    run_id: int
    run_kind: RunKind
    annotation: AnnotationView | None

    @property
    def encoders(self) -> tuple[str, str] | None:
        """Specs of the blind and the reference encoder; None where they are not known."""
        if self.blind_encoder is None or self.reference_encoder is None:
            return None
        return self.blind_encoder, self.reference_encoder


@dataclass(frozen=True)
class PairLink:
    """A pair as a line on the map."""

    id: int
    first_image_id: int
    second_image_id: int
    blind_cosine: float
    reference_cosine: float
    gap: float
    state: PairState
    pattern: str | None


@dataclass(frozen=True)
class RunView:
    """A run of two encoders; the counts are of unordered image pairs, except ``n_images``.

    ``n_ordered`` pairs have a novelty rank of their own; None means that none was worked out.
    """

    id: int
    created_at: datetime
    blind_encoder: str
    reference_encoder: str
    blind_encoder_id: int
    reference_encoder_id: int
    blind_min: float
    reference_max: float
    n_images: int
    n_compared: int
    n_over_thresholds: int
    n_pairs: int
    n_ordered: int | None
    options: dict[str, Any]


@dataclass(frozen=True)
class AnnotatorView:
    """A person who annotates."""

    id: int
    name: str


@dataclass(frozen=True)
class EventView:
    """One entry of the append-only history; ``annotator`` is a name, None for the program."""

    id: int
    at: datetime
    annotator: str | None
    kind: str
    pair_id: int | None
    data: dict[str, Any]


@dataclass(frozen=True)
class AnnotatorProgress:
    """How many pairs stand in each state by this person's doing.

    No pair is counted twice, unless several people annotate each: then it counts for all of them.
    ``complete`` are all with a question, whatever blind answers made of it.
    """

    name: str
    accepted: int
    rejected: int
    skipped: int
    complete: int


@dataclass(frozen=True)
class Progress:
    """How far the benchmark is.

    ``by_state`` has every state. ``per_day`` holds (day, decided, completed) in day order; decided
    counts pairs that are accepted, complete or rejected today, completed those with a question.
    """

    target_pairs: int
    by_state: dict[PairState, int]
    by_pattern: dict[str, int]
    by_annotator: list[AnnotatorProgress]
    per_day: list[tuple[date, int, int]]
    n_images: int
    n_pairs: int
    current_run: RunView | None


@dataclass(frozen=True)
class AccountView:
    """A person with their account.

    Without `can_log_in` it is only a name on annotations. `last_active_at` is the time of their
    newest event.
    """

    id: int
    name: str
    role: Role
    created_at: datetime
    can_log_in: bool
    must_change_password: bool
    disabled_at: datetime | None
    last_active_at: datetime | None


@dataclass(frozen=True)
class LoginView:
    """What a login is checked against; never leaves the server."""

    id: int
    name: str
    password_hash: str
    session_epoch: int


@dataclass(frozen=True)
class TokenView:
    """An API token without its secret, which nobody can read again."""

    id: int
    annotator_id: int
    annotator: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None

    @property
    def standing(self) -> str:
        """``works``, ``revoked`` or ``expired``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now() else "works"
