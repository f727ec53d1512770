"""Days in the periods that a chart over time has room for."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

LONGEST_BY_DAY = 14  # days; a longer time is shown by week

Period = Literal["day", "week"]


def periods(days: Iterable[date]) -> tuple[Period, Callable[[date], date]]:
    """Whether these days are best shown by day or week, and how to find a day's first day then.

    Weeks begin on Mondays.
    """
    seen = set(days)
    if not seen or (max(seen) - min(seen)).days < LONGEST_BY_DAY:
        return "day", lambda day: day
    return "week", lambda day: day - timedelta(days=day.weekday())
