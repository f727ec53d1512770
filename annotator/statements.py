"""The statements for MMVP-VLM that belong to a question: by hand, or as the question says."""

from collections.abc import Mapping

from db.annotations import STATEMENT_FIELDS
from db.views import QuestionView
from evaluation.statements import image_statements


def whole_statements(form: Mapping[str, str]) -> dict[str, str]:
    """Both statements if one of them is written by hand, else neither.

    Args:
        form: the write form's fields, in which an untouched statement is empty.
    """
    own = [form.get(name, "").strip() for name in STATEMENT_FIELDS]
    if not any(own):
        return dict.fromkeys(STATEMENT_FIELDS, "")
    question = (form["text"], form["option_a"], form["option_b"], form["answer_first"])
    both = image_statements(*question, first=own[0], second=own[1])
    return dict(zip(STATEMENT_FIELDS, both, strict=True))


def own_statements(question: QuestionView) -> dict[str, str]:
    """The statements that differ from what the question says; the others empty, as in the form."""
    said = image_statements(
        question.text, question.option_a, question.option_b, question.answer_first
    )
    stored = (question.statement_first, question.statement_second)
    return {
        name: own if own and own != follows else ""
        for name, own, follows in zip(STATEMENT_FIELDS, stored, said, strict=True)
    }
