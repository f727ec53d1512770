"""What the review page sends: decisions, questions, drafts, leases, restorations."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field

from annotator.statements import whole_statements
from db.active_time import MOST_SECONDS
from db.lifecycle import Decision
from evaluation.findings import Draft
from evaluation.lint import lint_question
from evaluation.patterns import PatternSet
from evaluation.statement_lint import Statements, check_statements

PairId = Annotated[int, Path(ge=0, lt=2**63)]
AnyId = Annotated[int, Field(ge=0, lt=2**63)]
Version = Annotated[int, Field(ge=0, lt=2**63)]
Short = Annotated[str, Field(max_length=2000)]
QUESTION = ("text", "option_a", "option_b", "answer_first", "answer_second", "pattern")
Seconds = Annotated[
    float,
    Field(
        ge=0,
        le=MOST_SECONDS,
        allow_inf_nan=False,
        description="Active seconds on the pair since the page last sent any.",
    ),
]


class DecisionBody(BaseModel):
    """A verdict on a pair as it was read."""

    version: Version
    decision: Decision
    reason: Short | None = None
    active_seconds: Seconds | None = None


class Fields(BaseModel):
    """The write form's fields; all may be empty while one is typing."""

    text: Short = ""
    option_a: Short = ""
    option_b: Short = ""
    answer_first: Short = ""
    answer_second: Short = ""
    pattern: Short = ""
    note: Short = ""
    statement_first: Short = Field(
        default="", description="For MMVP-VLM, by hand; empty: what follows from the question."
    )
    statement_second: Short = ""

    def form(self) -> dict[str, str]:
        """The fields alone, whatever else the body has."""
        return {name: str(getattr(self, name)) for name in Fields.model_fields}

    def findings(self, patterns: PatternSet) -> list[dict[str, Any]]:
        """What the live check says about them alone, errors first."""
        given = {name: getattr(self, name) for name in QUESTION}
        about = [*lint_question(**given, patterns=patterns), *self.statements.findings]
        about.sort(key=lambda finding: finding.level != "error")
        return [asdict(finding) for finding in about]

    @property
    def draft(self) -> Draft:
        """The question as far as it is written."""
        return Draft(self.text, self.option_a, self.option_b, self.answer_first, self.answer_second)

    @property
    def statements(self) -> Statements:
        """The statements for MMVP-VLM, and what there is to say about them."""
        return check_statements(self.draft, self.statement_first, self.statement_second)


class QuestionBody(Fields):
    """A finished question for a pair as it was read."""

    version: Version
    active_seconds: Seconds | None = None

    def saved(self) -> dict[str, Any]:
        """What is stored of it."""
        return self.model_dump() | whole_statements(self.form())


class DraftBody(BaseModel):
    """What is in the form at the moment."""

    fields: Fields


class LeaseBody(BaseModel):
    """The pair that a page shows, and the token that came with it."""

    pair_id: AnyId
    token: Annotated[str, Field(max_length=64)]


class RestoreBody(BaseModel):
    """The event whose version shall stand again, for a pair as it was read."""

    version: Version
    event_id: AnyId
