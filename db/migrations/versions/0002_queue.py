"""Many people at one queue: leases, selections, a policy, two more states, and redo."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OPEN = "state IN ('unreviewed', 'skipped', 'partial')"
_STATES = (
    "state IN ('unreviewed', 'partial', 'accepted', 'complete', 'rejected', 'skipped', 'disputed')"
)
_UNDOES = "(kind IN ('undo', 'redo')) = (undoes IS NOT NULL)"
_PAIR_COLUMNS = (
    "id, first_image_id, second_image_id, blind_encoder_id, reference_encoder_id, run_id, rank,"
    " blind_cosine, reference_cosine, state, version, decided_by"
)
_EVENT_COLUMNS = "id, at, annotator_id, kind, pair_id, undoes, data"


def upgrade() -> None:
    """SQLite cannot change a check, so there two tables are built anew."""
    op.add_column("mining_run", sa.Column("n_ordered", sa.Integer(), nullable=True))
    if op.get_context().dialect.name == "sqlite":
        _rebuild("candidate_pair", _PAIR_COLUMNS, _pair_table, "novelty_rank", "rank")
        _rebuild("event", _EVENT_COLUMNS, _event_table)
        _append_only()
        op.create_index("ix_event_annotator_id", "event", ["annotator_id"])
        op.create_index("ix_event_pair_id", "event", ["pair_id"])
    else:
        _alter_postgresql()
    _pair_indices()
    op.create_index("ix_annotation_pattern", "annotation", ["pattern"])
    _selections()
    _leases()
    _policy()


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _rebuild(
    table: str, columns: str, create: Callable[[str], None], new: str = "", value: str = ""
) -> None:
    """Create the table beside the old one, copy, and put it in its place."""
    create(f"{table}_new")
    into, of = (f"{columns}, {new}", f"{columns}, {value}") if new else (columns, columns)
    op.execute(f"INSERT INTO {table}_new ({into}) SELECT {of} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _pair_table(name: str) -> None:
    table = "candidate_pair"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_image_id", sa.Integer(), nullable=False),
        sa.Column("second_image_id", sa.Integer(), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=False),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("novelty_rank", sa.Integer(), nullable=False),
        sa.Column("likely_pattern", sa.String(), nullable=True),
        sa.Column("blind_cosine", sa.Float(), nullable=False),
        sa.Column("reference_cosine", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'unreviewed') = (decided_by IS NULL)", name="ck_candidate_pair_decided_by"
        ),
        sa.CheckConstraint(_STATES, name="ck_candidate_pair_state"),
        sa.CheckConstraint(
            "first_image_id < second_image_id", name="ck_candidate_pair_image_order"
        ),
        sa.CheckConstraint("version >= 0", name="ck_candidate_pair_version"),
        _refers(table, "blind_encoder_id", "encoder"),
        _refers(table, "decided_by", "annotator"),
        _refers(table, "first_image_id", "image"),
        _refers(table, "reference_encoder_id", "encoder"),
        _refers(table, "run_id", "mining_run"),
        _refers(table, "second_image_id", "image"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_pair"),
        sa.UniqueConstraint(
            "first_image_id",
            "second_image_id",
            "blind_encoder_id",
            "reference_encoder_id",
            name="uq_candidate_pair_images_encoders",
        ),
    )


def _event_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint(_UNDOES, name="ck_event_undoes"),
        _refers("event", "annotator_id", "annotator"),
        _refers("event", "pair_id", "candidate_pair"),
        _refers("event", "undoes", "event"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("undoes", name="uq_event_undoes"),
    )


def _append_only() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{change.lower()} BEFORE {change} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        )


def _alter_postgresql() -> None:
    table = "candidate_pair"
    op.add_column(table, sa.Column("novelty_rank", sa.Integer(), nullable=True))
    op.add_column(table, sa.Column("likely_pattern", sa.String(), nullable=True))
    op.execute("UPDATE candidate_pair SET novelty_rank = rank")
    op.alter_column(table, "novelty_rank", nullable=False)
    op.drop_constraint("ck_candidate_pair_state", table)
    op.create_check_constraint("ck_candidate_pair_state", table, _STATES)
    op.drop_constraint("ck_event_undoes", "event")
    op.create_check_constraint("ck_event_undoes", "event", _UNDOES)
    for index in ("queue", "run_id_state", "second_image_id", "state_decided_by"):
        op.drop_index(f"ix_candidate_pair_{index}", table)


def _pair_indices() -> None:
    table, where = "candidate_pair", sa.text(_OPEN)
    for name, columns in (
        ("queue", ["run_id", "rank"]),
        ("novelty", ["run_id", "novelty_rank"]),
        ("likely", ["run_id", "likely_pattern", "rank"]),
    ):
        op.create_index(
            f"ix_candidate_pair_{name}",
            table,
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index("ix_candidate_pair_run_id_state", table, ["run_id", "state"])
    op.create_index("ix_candidate_pair_second_image_id", table, ["second_image_id"])
    op.create_index("ix_candidate_pair_state_decided_by", table, ["state", "decided_by"])


def _selections() -> None:
    op.create_table(
        "selection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(name)) > 0", name="ck_selection_name"),
        _refers("selection", "created_by", "annotator"),
        sa.PrimaryKeyConstraint("id", name="pk_selection"),
        sa.UniqueConstraint("name", name="uq_selection_name"),
    )
    op.create_table(
        "selection_pair",
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        _refers("selection_pair", "selection_id", "selection"),
        _refers("selection_pair", "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("selection_id", "pair_id", name="pk_selection_pair"),
    )
    op.create_index("ix_selection_pair_pair_id", "selection_pair", ["pair_id"])
    op.create_table(
        "selection_image",
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        _refers("selection_image", "selection_id", "selection"),
        _refers("selection_image", "image_id", "image"),
        sa.PrimaryKeyConstraint("selection_id", "image_id", name="pk_selection_image"),
    )
    op.create_index("ix_selection_image_image_id", "selection_image", ["image_id"])
    op.create_table(
        "queue_filter",
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("selection_id", sa.Integer(), nullable=False),
        _refers("queue_filter", "annotator_id", "annotator"),
        _refers("queue_filter", "selection_id", "selection"),
        sa.PrimaryKeyConstraint("annotator_id", name="pk_queue_filter"),
    )
    op.create_index("ix_queue_filter_selection_id", "queue_filter", ["selection_id"])


def _leases() -> None:
    op.create_table(
        "lease",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slot >= 0", name="ck_lease_slot"),
        _refers("lease", "pair_id", "candidate_pair"),
        _refers("lease", "annotator_id", "annotator"),
        sa.PrimaryKeyConstraint("pair_id", "annotator_id", name="pk_lease"),
        sa.UniqueConstraint("pair_id", "slot", name="uq_lease_pair_id_slot"),
    )
    op.create_index("ix_lease_annotator_id", "lease", ["annotator_id"])
    op.create_index("ix_lease_expires_at", "lease", ["expires_at"])


def _policy() -> None:
    op.create_table(
        "queue_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.Integer(), nullable=False),
        sa.Column("ordering", sa.String(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("quotas", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_queue_policy_one_row"),
        sa.CheckConstraint("overlap >= 1", name="ck_queue_policy_overlap"),
        sa.CheckConstraint(
            "ordering IN ('gap', 'novelty', 'short')", name="ck_queue_policy_ordering"
        ),
        sa.CheckConstraint("quota >= 0", name="ck_queue_policy_quota"),
        sa.PrimaryKeyConstraint("id", name="pk_queue_policy"),
    )
