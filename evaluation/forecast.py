"""When the target is reached at the pace of the last days, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WINDOW_DAYS = 7
LEAST_PAIRS = 5  # completed in the window
LEAST_DAYS = 2  # since the first of them
_FURTHEST_DAYS = 3650


@dataclass(frozen=True)
class Forecast:
    """``n_completed`` pairs in the last ``n_days`` days, today included, and where that leads.

    ``day`` is when the last missing pair is expected, ``earliest`` and ``latest`` what the pace's
    95 % interval gives; None if there is too little to go by, or it is more than ten years away.
    """

    n_missing: int
    n_completed: int
    n_days: int
    per_day: float | None
    day: date | None
    earliest: date | None
    latest: date | None


def forecast(completed: Mapping[date, int], *, today: date, n_missing: int) -> Forecast:
    """Days without work count, as they will come again; those before the first pair do not.

    The interval knows chance, not holidays.
    """
    worked = [day for day, n in completed.items() if n and day <= today]
    n_days = min(WINDOW_DAYS, (today - min(worked)).days + 1) if worked else 0
    n = sum(completed[day] for day in worked if (today - day).days < n_days)
    if n < LEAST_PAIRS or n_days < LEAST_DAYS:
        return Forecast(n_missing, n, n_days, None, None, None, None)
    slow, fast = poisson_interval(n)
    days = [_after(today, n_missing, pace) for pace in (n / n_days, fast / n_days, slow / n_days)]
    return Forecast(n_missing, n, n_days, n / n_days, *days)


def poisson_interval(n: int) -> tuple[float, float]:
    """Between what the mean lies of which ``n``, at least 1, were seen; 95 % (Garwood 1936)."""
    # imported only here: it takes longer than everything else of a page
    from scipy.stats import chi2  # noqa: PLC0415

    return float(chi2.ppf(0.025, 2 * n) / 2), float(chi2.ppf(0.975, 2 * n + 2) / 2)


def _after(today: date, n_missing: int, per_day: float) -> date | None:
    n_days = n_missing / per_day
    return today + timedelta(days=round(n_days)) if n_days < _FURTHEST_DAYS else None
