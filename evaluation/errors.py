"""Errors of the evaluation package: each says what was wrong, where, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

_MOST_SHOWN = 10


class EvaluationError(Exception):
    """Base of all errors of this package; the text is shown to the user as it is.

    Args:
        what: what was wrong, one sentence.
        where: file, row or setting it concerns; empty if none.
        hint: what to do about it; empty if none.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(" ".join(part for part in (where and f"{where}:", what, hint) if part))


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a question or a document, and the field it is wrong in."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidDocument(EvaluationError, ValueError):
    """Base of the errors that list everything wrong with what was given, in ``problems``.

    It is also a ``ValueError``, which is how pydantic knows to go on and collect the rest.
    """

    subject = "This"

    def __init__(self, problems: Sequence[Problem], *, where: str = "", hint: str = "") -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:_MOST_SHOWN]]
        if len(self.problems) > _MOST_SHOWN:
            shown.append(f"and {len(self.problems) - _MOST_SHOWN} more")
        super().__init__(f"{self.subject} is not valid: {'; '.join(shown)}", where=where, hint=hint)


class InvalidQuestion(InvalidDocument):
    """The question breaks a hard rule, for example its two answers are equal."""

    subject = "This question"


class InvalidBenchmark(InvalidDocument):
    """The benchmark, or a part of it, breaks a rule of the document."""

    subject = "This benchmark"


class UnreadableBenchmark(EvaluationError):
    """There is no benchmark here, or one that cannot be used."""


class InvalidPatterns(EvaluationError):
    """There is no such set of visual patterns, or its file cannot be used."""


class ExportError(EvaluationError):
    """Base of everything that stops an export; nothing is left half-written."""


class UnknownFormat(ExportError):
    """There is no export format of that name."""


class EmptyBenchmark(ExportError):
    """The benchmark has no pair to export."""


class UnfitForFormat(ExportError):
    """The format, or a program that reads it, cannot carry something in this benchmark."""


class ExportExists(ExportError):
    """The folder to export into is there already, and replacing it was not asked for."""


class NotAnExport(ExportExists):
    """The folder to be replaced holds files that no export has written."""


class ExportFailed(ExportError):
    """The operating system refused to write the export."""
