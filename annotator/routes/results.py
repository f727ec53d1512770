"""/api/results: models' scores on this workspace's questions, their failures, grades by hand."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.encoder_scores import encoder_board
from annotator.failures import Failing, failures
from annotator.figures.drawn_encoders import ENCODER_FIGURES, encoder_figure
from annotator.figures.drawn_results import ResultFigure, results_figure
from annotator.figures.files import figure_html
from annotator.figures.style import FigureSize
from annotator.identity import current_annotator
from annotator.leaderboard import comparison, leaderboard
from annotator.leaderboard_tables import TableFormat, leaderboard_table
from annotator.results import Results
from annotator.routes.answers import tagged_json
from annotator.studio import Studio
from db.model_grades import record_grade
from db.roles import Role
from evaluation.results.hand import Given

GraderName = Annotated[str, Query(max_length=100)]
RunName = Annotated[str, Query(max_length=110)]
RunNames = Annotated[list[str], Query(max_length=100)]
_TYPES = {
    TableFormat.csv: "text/csv",
    TableFormat.markdown: "text/markdown",
    TableFormat.latex: "text/x-tex",
}


class GradeBody(BaseModel):
    """What a person makes of an answer: an option by its letter in the question as asked."""

    pair_id: Annotated[int, Field(ge=0, lt=2**63)]
    image: Literal["first", "second"]
    repeat: Annotated[int, Field(ge=1, le=100)] = 1
    answer: Annotated[str, Field(max_length=64)]
    given: Given
    seen: Annotated[int, Field(ge=0, lt=2**31)]


class FigureWish(BaseModel):
    """Size and models of a figure."""

    grader: str = Field(default="strict", max_length=100)
    runs: list[str] = Field(default_factory=list, max_length=100)
    encoder: str = Field(default="", max_length=500)
    width: float = 180
    height: float = 110
    unit: Literal["px", "mm", "in"] = "mm"
    points: float | None = Field(default=None, ge=3, le=72)


class ResultRoutes:
    """What the page Results asks for; refusals carry a `message`."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.results = studio.shared(Results)

    def board(self, request: Request, grader: GraderName = "strict") -> Response:
        """All runs under a grader, best first: pair and single accuracy with 95 % intervals.

        Scores are worked out from the stored answers and the questions as they are now; `before`
        is the benchmark as it was when it was asked.
        """
        return tagged_json(request, leaderboard(self.results, grader))

    def compare(
        self, first: RunName, second: RunName, grader: GraderName = "strict"
    ) -> dict[str, Any]:
        """The first minus the second on what both answered: paired bootstrap, exact McNemar."""
        return comparison(self.results, first, second, grader)

    def failures(
        self,
        grader: GraderName = "strict",
        run: RunNames = [],  # noqa: B006 - FastAPI copies it
        failing: Failing = Failing.all_wrong,
        pattern: Annotated[str, Query(max_length=200)] = "",
        pair: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
        offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 24,
    ) -> dict[str, Any]:
        """Pair by pair what each model answered about both images."""
        return failures(
            self.studio,
            self.results,
            grader_name=grader,
            runs=run,
            failing=failing,
            pattern=pattern,
            pair=pair,
            offset=offset,
            limit=limit,
        )

    def grade(
        self, run: Annotated[str, Path(max_length=110)], body: GradeBody, request: Request
    ) -> dict[str, Any]:
        """Grades by hand an answer that no rule can read; `open` takes the grade back."""
        annotator_id, name = current_annotator(self.studio, request)
        place = (body.pair_id, body.image, body.repeat)
        found = self.results.grade(run, place, body.answer, body.given, seen=body.seen, by=name)
        record_grade(
            self.studio.database,
            annotator_id=annotator_id,
            run=run,
            pair_id=body.pair_id,
            image=body.image,
            given=found.given,
        )
        return {"given": found.given, "by": found.by, "at": found.at, "n": found.n}

    def table(self, form: TableFormat, grader: GraderName = "strict") -> Response:
        """The leaderboard as CSV (formulas made harmless), Markdown or LaTeX."""
        text = leaderboard_table(leaderboard(self.results, grader), form)
        return _file(text, _TYPES[form], f"leaderboard.{form}")

    def figure(self, kind: ResultFigure, wish: FigureWish) -> Response:
        """A figure as plotly draws it."""
        return Response(self._drawn(kind, wish).to_json(), media_type="application/json")

    def page(self, kind: ResultFigure, wish: FigureWish) -> Response:
        """A figure as one HTML file that needs nothing else."""
        text = figure_html(self._drawn(kind, wish), f"MMVP Studio: {kind}")
        return _file(text, "text/html", f"mmvp-{kind}.html")

    def encoders(self, request: Request, grader: GraderName = "strict") -> Response:
        """Encoders by visual pattern, the paper's ten, and how each goes with the models."""
        return tagged_json(request, encoder_board(self.results, grader))

    def _drawn(self, kind: ResultFigure, wish: FigureWish) -> Any:  # noqa: ANN401 - plotly's
        size = FigureSize.of(wish.width, wish.height, wish.unit, wish.points)
        if kind in ENCODER_FIGURES:
            return encoder_figure(self.results, kind, size, wish.encoder, wish.grader)
        return results_figure(leaderboard(self.results, wish.grader), kind, size, wish.runs)


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type=f"{media_type}; charset=utf-8", headers=headers)


def router(studio: Studio) -> APIRouter:
    """The routes of the Results page."""
    routes = APIRouter(
        prefix="/api/results", tags=["results"], dependencies=[requires(Role.reviewer)]
    )
    handle = ResultRoutes(studio)
    for path, call, method, summary in (
        ("", handle.board, "GET", "The leaderboard"),
        ("/encoders", handle.encoders, "GET", "Encoders on the same questions"),
        ("/compare", handle.compare, "GET", "Compare two models"),
        ("/failures", handle.failures, "GET", "Pairs and what each model answered"),
        ("/runs/{run}/grades", handle.grade, "POST", "Grade an answer by hand"),
        ("/table.{form}", handle.table, "GET", "The leaderboard as a file"),
        ("/figures/{kind}.json", handle.figure, "POST", "Draw a figure"),
        ("/figures/{kind}.html", handle.page, "POST", "A figure as a page"),
    ):
        routes.add_api_route(path, call, methods=[method], summary=summary)
    return routes
