"""Errors of the evaluation package: each says what was wrong, where, and what to do."""


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
