"""PostgreSQL ends one of two transactions that wait for each other: that one is run again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from db.errors import DatabaseError

MOST_TRIES = 5
Given = ParamSpec("Given")
Result = TypeVar("Result")


class Deadlock(DatabaseError):
    """The database took a transaction back because another one and it waited for each other."""


def retried(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function that runs again after a deadlock, which left nothing of its transaction.

    Only for functions whose last transaction is the only one that must not run twice.

    Raises:
        Deadlock: if it happens `MOST_TRIES` times in a row.
    """

    @wraps(work)
    def again(*given: Given.args, **named: Given.kwargs) -> Result:
        for _ in range(MOST_TRIES - 1):
            try:
                return work(*given, **named)
            except Deadlock:
                continue
        return work(*given, **named)

    return again
