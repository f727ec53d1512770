"""The app's own error, and the one sentence a person sees for any error."""

from db.errors import DatabaseError
from embeddings.errors import EmbeddingsError
from evaluation.errors import EvaluationError


class AppError(Exception):
    """Base of the errors of this package; the text is shown to the user as it is.

    Args:
        what: what was wrong, one sentence.
        where: file, folder or setting it concerns; empty if none.
        hint: what to do about it; empty if none.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(" ".join(part for part in (where and f"{where}:", what, hint) if part))


STUDIO_ERRORS: tuple[type[Exception], ...] = (
    EmbeddingsError,
    DatabaseError,
    EvaluationError,
    AppError,
)


def explain(error: BaseException) -> str:
    """The error as one line: our own text as it is, anything else with its kind named."""
    text = " ".join(str(error).split())
    if isinstance(error, STUDIO_ERRORS):
        return text
    if isinstance(error, OSError) and error.strerror:
        names = [str(name) for name in (error.filename, error.filename2) if name]
        return ": ".join([*names[:1], error.strerror])
    kind = type(error).__name__
    return f"unexpected {kind}: {text}" if text else f"unexpected {kind}"
