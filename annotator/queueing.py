"""The queue's policy as people set it: what is given changes, the rest stays."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from annotator.errors import AppError
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from db.policy import MMVP_VLM_QUOTA, Policy, get_policy, set_policy
from db.queue_tables import QueueOrder


def policy_json(studio: Studio) -> dict[str, Any]:
    """The policy that holds, as JSON values."""
    policy = get_policy(studio.database)
    return {
        "overlap": policy.overlap,
        "order": policy.order.value,
        "quota": policy.quota,
        "quotas": dict(policy.quotas),
    }


def update_policy(
    studio: Studio,
    *,
    overlap: int | None = None,
    order: QueueOrder | None = None,
    quota: int | None = None,
    quotas: Mapping[str, int | None] | None = None,
    no_quota: bool = False,
    annotator_id: int | None = None,
) -> int:
    """Changes the policy; how many pairs stand elsewhere because of it.

    Args:
        quotas: of single patterns; None takes a pattern's own quota away.
        no_quota: takes all quotas away first.

    Raises:
        AppError: there is no such pattern.
        DatabaseError: a number is out of range.
    """
    policy = get_policy(studio.database)
    if no_quota:
        policy = replace(policy, quota=None, quotas={})
    known = {pattern.slug for pattern in workspace_patterns(studio)}
    if unknown := sorted(set(quotas or {}) - known):
        raise AppError(
            "there is no such visual pattern.",
            where=unknown[0],
            hint=f"Known are {', '.join(sorted(known))}.",
        )
    of_each = {**policy.quotas, **(quotas or {})}
    changed = Policy(
        overlap=policy.overlap if overlap is None else overlap,
        order=policy.order if order is None else order,
        quota=policy.quota if quota is None else quota,
        quotas={slug: n for slug, n in of_each.items() if n is not None},
    )
    if changed.order is QueueOrder.short and changed.quota is None and not changed.quotas:
        changed = replace(changed, quota=MMVP_VLM_QUOTA)
    return set_policy(studio.database, changed, annotator_id=annotator_id)
