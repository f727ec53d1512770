"""How well found patterns agree with the labels that people gave."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Over the pairs with a label; a pair that fits no found pattern is in one of its own.

    ``adjusted_rand`` is 0 for chance and 1 for the same groups; ``mutual_information`` is
    normalised, 0 to 1, and above 0 by chance; ``best_match`` is the share of pairs that are right
    when every found pattern is named after the one label that fits best, each label once.
    """

    n_pairs: int
    n_labels: int
    n_found: int
    adjusted_rand: float
    mutual_information: float
    best_match: float


def agreement(labels: Sequence[str | None], found: Sequence[str | None]) -> Agreement | None:
    """The two compared, pair by pair; None if no pair has a label.

    Raises:
        ValueError: the two do not have the same length.
    """
    # imported only here: it takes longer than all else that reads these documents
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415
    from sklearn.metrics import (  # noqa: PLC0415
        adjusted_rand_score,
        normalized_mutual_info_score,
    )

    known = [
        (label, other or "")
        for label, other in zip(labels, found, strict=True)
        if label is not None
    ]
    if not known:
        return None
    theirs, ours = [label for label, _ in known], [other for _, other in known]
    counts = Counter(known)
    rows, columns = sorted(set(theirs)), sorted(set(ours))
    together = np.array([[counts[label, other] for other in columns] for label in rows])
    matched = together[linear_sum_assignment(together, maximize=True)].sum()
    return Agreement(
        n_pairs=len(known),
        n_labels=len(rows),
        n_found=len(columns),
        adjusted_rand=float(adjusted_rand_score(theirs, ours)),
        mutual_information=float(normalized_mutual_info_score(theirs, ours)),
        best_match=float(matched) / len(known),
    )
