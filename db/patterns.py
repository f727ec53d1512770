"""The workspace's own set of visual patterns: adding, renaming, merging, retiring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from db.database import Database
from db.history import EventKind, add_event
from db.pattern_fields import PatternError as PatternError
from db.pattern_fields import PatternFields as PatternFields
from db.pattern_fields import checked_pattern
from db.pattern_tables import PatternRecord
from db.times import now

MOST_PATTERNS = 60


@dataclass(frozen=True)
class PatternView:
    """A stored pattern; ``counts_as`` is another's slug where it was merged."""

    fields: PatternFields
    merged_into: str | None
    counts_as: str
    is_retired: bool

    @property
    def is_active(self) -> bool:
        """Whether it can be chosen for a question."""
        return self.merged_into is None and not self.is_retired


def list_patterns(database: Database) -> list[PatternView]:
    """The workspace's own set in its order; empty as long as nobody changed the one that ships."""
    with database.read() as session:
        return [_view(row) for row in _rows(session)]


def add_pattern(
    database: Database,
    fields: PatternFields,
    *,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> PatternView:
    """Put another pattern at the end of the set.

    Args:
        shipped: the set that holds as long as the workspace has none of its own.

    Raises:
        PatternError: if the slug is taken or malformed, or a text is empty or too long.
    """
    with database.write() as session:
        return put_pattern(session, fields, shipped=shipped, annotator_id=annotator_id)


def put_pattern(
    session: Session,
    fields: PatternFields,
    *,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> PatternView:
    """`add_pattern` as a part of a larger transaction."""
    fields = checked_pattern(fields)
    edit = _Edit(session, shipped, annotator_id)
    if fields.slug in edit.rows:
        raise PatternError(
            f"There is a pattern {fields.slug!r} already.",
            hint="Choose another slug, or restore that one if it is retired.",
        )
    if len(edit.rows) >= MOST_PATTERNS:
        raise PatternError(f"A set has at most {MOST_PATTERNS} patterns.")
    edit.refuse_same_name(fields.name, but=fields.slug)
    row = _row(fields, position=max(one.position for one in edit.rows.values()) + 1)
    edit.rows[fields.slug] = row
    return edit.finish("add", row, before=None)


def rename_pattern(
    database: Database,
    slug: str,
    *,
    shipped: Sequence[PatternFields],
    name: str | None = None,
    definition: str | None = None,
    annotator_id: int | None = None,
) -> PatternView:
    """Give a pattern another name or definition; its slug, which questions refer to, stays.

    Raises:
        PatternError: if there is no such pattern, or a text is empty or too long.
    """
    with database.write() as session:
        edit = _Edit(session, shipped, annotator_id)
        row = edit.get(slug)
        before = _data(row)
        row.name = row.name if name is None else name
        row.definition = row.definition if definition is None else definition
        checked = checked_pattern(_view(row).fields)
        edit.refuse_same_name(checked.name, but=slug)
        row.name, row.definition = checked.name, checked.definition
        return edit.finish("rename", row, before=before)


def merge_pattern(
    database: Database,
    slug: str,
    into: str,
    *,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> PatternView:
    """Have questions with this pattern read as if they had another; what was said stays stored.

    Raises:
        PatternError: if either is not there, they are the same, or one was merged already.
    """
    with database.write() as session:
        edit = _Edit(session, shipped, annotator_id)
        row, target = edit.get(slug), edit.get(into)
        if slug == into:
            raise PatternError("A pattern cannot be merged into itself.")
        if row.merged_into is not None:
            raise PatternError(f"{row.name} is merged into {row.merged_into} already.")
        if target.merged_into is not None or target.retired_at is not None:
            raise PatternError(
                f"{target.name} is out of use.", hint="Merge into a pattern that can be chosen."
            )
        before = _data(row)
        row.merged_into, row.retired_at = into, None
        return edit.finish("merge", row, before=before)


def retire_pattern(
    database: Database,
    slug: str,
    *,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> PatternView:
    """Keep a pattern from being chosen anew; questions that have it keep it.

    Raises:
        PatternError: if it is out of use already, or the only one left.
    """
    with database.write() as session:
        edit = _Edit(session, shipped, annotator_id)
        row = edit.get(slug)
        if not _view(row).is_active:
            raise PatternError(f"{row.name} is out of use already.")
        before = _data(row)
        row.retired_at = now()
        return edit.finish("retire", row, before=before)


def restore_pattern(
    database: Database,
    slug: str,
    *,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> PatternView:
    """Take a pattern back into use that was retired or merged.

    Raises:
        PatternError: if it is in use.
    """
    with database.write() as session:
        edit = _Edit(session, shipped, annotator_id)
        row = edit.get(slug)
        if _view(row).is_active:
            raise PatternError(f"{row.name} is in use.")
        edit.refuse_same_name(row.name, but=slug)
        before = _data(row)
        row.merged_into = row.retired_at = None
        return edit.finish("restore", row, before=before)


def add_former(
    session: Session, wanted: Sequence[PatternFields], *, shipped: Sequence[PatternFields]
) -> list[str]:
    """Have patterns of imported pairs in the set, out of use; the slugs that were not known yet.

    Their texts are taken as they are. No event of its own: that of the import tells.
    """
    known = {row.slug for row in _rows(session)}
    missing = {one.slug: one for one in wanted if one.slug not in known}
    if not known:
        names = {one.slug for one in shipped}
        missing = {slug: one for slug, one in missing.items() if slug not in names}
        if missing:
            session.add_all(_row(one, position=n) for n, one in enumerate(shipped, start=1))
            session.flush()
    position = max((row.position for row in _rows(session)), default=0)
    for n, one in enumerate(missing.values(), start=1):
        row = _row(one, position=position + n)
        row.retired_at = now()
        session.add(row)
    session.flush()
    return list(missing)


def read_as(merged_into: Mapping[str, str | None]) -> dict[str, str]:
    """The slug that each pattern counts as: the end of its chain of merges.

    Raises:
        PatternError: if a chain never ends.
    """
    found = {}
    for slug in merged_into:
        end, steps = slug, 0
        while (successor := merged_into[end]) is not None:
            end, steps = successor, steps + 1
            if steps > len(merged_into):
                raise PatternError(f"The merges of {slug!r} go in a circle.")
        found[slug] = end
    return found


class _Edit:
    """One change of the set inside a write transaction, which leaves one event."""

    def __init__(
        self, session: Session, shipped: Sequence[PatternFields], annotator_id: int | None
    ) -> None:
        self.session, self.annotator_id = session, annotator_id
        self.rows = {row.slug: row for row in _rows(session)}
        if not self.rows:
            rows = [
                _row(checked_pattern(one), position=n) for n, one in enumerate(shipped, start=1)
            ]
            self.rows = {row.slug: row for row in rows}

    def get(self, slug: str) -> PatternRecord:
        if slug not in self.rows:
            known = ", ".join(self.rows)
            raise PatternError(
                "There is no such visual pattern.", where=slug, hint=f"Known: {known}."
            )
        return self.rows[slug]

    def refuse_same_name(self, name: str, *, but: str) -> None:
        for row in self.rows.values():
            if row.slug != but and _view(row).is_active and row.name.casefold() == name.casefold():
                raise PatternError(f"The pattern {row.slug!r} has the name {row.name!r} already.")

    def finish(
        self, action: str, row: PatternRecord, *, before: dict[str, Any] | None
    ) -> PatternView:
        if not any(_view(one).is_active for one in self.rows.values()):
            raise PatternError("One pattern at least must stay in use.")
        row.updated_at = now()
        counts_as = read_as({one.slug: one.merged_into for one in self.rows.values()})
        # those that nothing refers to first, for the references among them
        for one in sorted(self.rows.values(), key=lambda one: one.merged_into is not None):
            one.counts_as = counts_as[one.slug]
            self.session.add(one)
            self.session.flush()
        data = {"action": action, "slug": row.slug, "before": before, "after": _data(row)}
        add_event(self.session, EventKind.pattern, data, annotator_id=self.annotator_id)
        self.session.flush()
        return _view(row)


def _rows(session: Session) -> list[PatternRecord]:
    return list(session.exec(select(PatternRecord).order_by(col(PatternRecord.position))))


def _row(fields: PatternFields, *, position: int) -> PatternRecord:
    return PatternRecord(
        slug=fields.slug,
        position=position,
        name=fields.name,
        folder=fields.folder or fields.name,
        definition=fields.definition,
        example=dict(fields.example),
        counts_as=fields.slug,
        updated_at=now(),
    )


def _view(row: PatternRecord) -> PatternView:
    fields = PatternFields(row.slug, row.name, row.definition, row.folder, dict(row.example))
    return PatternView(fields, row.merged_into, row.counts_as, row.retired_at is not None)


def _data(row: PatternRecord) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude={"updated_at", "counts_as"})
