"""What a check says: the rule, how serious it is, what is wrong and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evaluation.raw import Place

if TYPE_CHECKING:
    from evaluation.check.subject import Subject

Severity = Literal["error", "warning", "advice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "advice")


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What a rule has found; ``severity`` only where it is not the rule's own.

    ``pairs`` are the names of the pairs that it concerns and ``rows`` the places of its rows in
    the file, from 1. ``related`` are places that explain it, for example the image's twin.
    """

    message: str
    places: tuple[Place, ...]
    pairs: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    hint: str = ""
    related: tuple[Place, ...] = ()
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A remark with the code of its rule; what people and programs are shown."""

    code: str
    severity: Severity
    message: str
    places: tuple[Place, ...]
    pairs: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    hint: str = ""
    related: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that can be wrong with a benchmark.

    ``why`` says what goes wrong with it, and for whom; ``fix`` what to do. ``severity`` is the
    usual one; a remark may be milder or graver where ``why`` says so.
    """

    code: str
    title: str
    severity: Severity
    why: str
    fix: str
    find: Callable[["Subject"], Iterator[Remark]]
