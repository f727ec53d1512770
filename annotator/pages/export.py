"""Export: the finished pairs as a benchmark on disk and as a download."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.exchange import Choice, exported_import
from annotator.exports import plan, run_export
from annotator.identity import current_annotator
from annotator.imported_export import imported_benchmarks
from annotator.keys import CURRENT, KEYS
from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.card_form import card_form
from annotator.widgets.export_board import export_board
from db.roles import Role
from db.verdicts import get_verification_policy
from evaluation.formats import FORMATS, ExportOptions
from evaluation.formats.mmvp_vlm import shortfall
from evaluation.key_order import KEY_ORDERS, KeyOrder
from evaluation.patterns import load_patterns

_DEFAULT_NAME = "MMVP"
_DEFAULT = Choice()
_USUAL = ExportOptions()
_OWN = ("This workspace's own", "")
_FIRST_FORMAT = next(iter(FORMATS))
_BY_PATTERN = "mmvp-vlm"
_USUAL_ORDER = ("As usual: shuffled, or as imported", "")
_SHOWN: tuple[type[Exception], ...] = (*STUDIO_ERRORS, OSError)


@dataclass(frozen=True)
class _Form:
    """The fields of the page."""

    format_name: gr.Dropdown
    of: gr.Dropdown
    key: gr.Dropdown
    order: gr.Dropdown
    partial: gr.Checkbox
    dataset: gr.Textbox
    folder: gr.Textbox
    replace: gr.Checkbox
    unverified: gr.Checkbox
    start: gr.Button


def build(studio: Studio) -> None:
    """Lays the page out: the form on one side, what it would do and did on the other."""
    with gr.Column(elem_id="export", elem_classes="page"):
        gr.Markdown("# Export")
        with gr.Row(elem_classes="two"):
            with gr.Column(scale=2, min_width=300, elem_classes="form-card"):
                form = _form(studio)
            with gr.Column(scale=5, min_width=320):
                board = export_board()
                card_form()
    _connect(studio, form, board)


def _form(studio: Studio) -> _Form:
    return _Form(
        format_name=gr.Dropdown(
            [(form.about, name) for name, form in FORMATS.items()],
            value=_FIRST_FORMAT,
            label="Format",
            info=_readers(_FIRST_FORMAT),
            filterable=False,
            elem_id="export-format",
        ),
        of=gr.Dropdown([_OWN], value="", label="Pairs", visible=False, elem_id="export-of"),
        key=gr.Dropdown(
            [(about, name) for name, about in KEYS.items()],
            value=CURRENT,
            label="Answers",
            visible=False,
            elem_id="export-key",
        ),
        order=gr.Dropdown(
            [_USUAL_ORDER, *((_sentence(about), name) for name, about in KEY_ORDERS.items())],
            value="",
            label="Which image comes first",
            filterable=False,
            elem_id="export-order",
        ),
        partial=gr.Checkbox(
            False,
            label="Although pairs are missing",
            visible=False,
            elem_id="export-partial",
        ),
        dataset=gr.Textbox(
            _DEFAULT_NAME, label="Dataset name", max_lines=1, elem_id="export-dataset"
        ),
        folder=gr.Textbox(
            _DEFAULT_NAME.lower(),
            label="Folder",
            info=f"Below {studio.workspace.exports}",
            max_lines=1,
            elem_id="export-folder",
        ),
        replace=gr.Checkbox(
            False, label="Replace the export in this folder", elem_id="export-replace"
        ),
        unverified=gr.Checkbox(
            False,
            label="Also pairs that are not verified yet",
            visible=get_verification_policy(studio.database).enabled,
            elem_id="export-unverified",
        ),
        start=gr.Button("Export", variant="primary", elem_id="export-start"),
    )


@dataclass(frozen=True)
class _Answers:
    """What the page's events answer."""

    studio: Studio

    def opened(self) -> tuple[dict[str, Any] | str, ...]:
        """Everything anew."""
        is_on = get_verification_policy(self.studio.database).enabled
        of_first, key_first = _choices(self.studio)
        found, name = outcome(self.studio, choice=Choice(of_first["value"])), of_first["value"]
        default = name or _DEFAULT_NAME
        return found, _button(found), gr.update(visible=is_on), of_first, key_first, default

    def looked(
        self, also: bool, name: str, answers: str, format_name: str
    ) -> tuple[dict[str, Any], ...]:
        """What an export of these pairs would be."""
        choice = _choice(also, name, answers)
        found = outcome(self.studio, choice=choice)
        partial = _partial(self.studio, format_name, choice)
        return found, _button(found), gr.update(visible=bool(name)), partial

    def told(
        self, also: bool, name: str, answers: str, format_name: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Who reads a format, and what it lacks."""
        partial = _partial(self.studio, format_name, _choice(also, name, answers))
        return gr.update(info=_readers(format_name)), partial

    def written(
        self,
        request: gr.Request,
        also: bool,
        name: str,
        answers: str,
        format_name: str,
        order: KeyOrder | Literal[""],
        partial: bool,
        *given: Any,  # noqa: ANN401
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The outcome of an export."""
        sent = request.request
        by = None if sent is None else current_annotator(self.studio, sent)[0]
        options = ExportOptions(key_order=order or None, partial=partial)
        choice = _choice(also, name, answers)
        found = outcome(self.studio, format_name, *given, choice=choice, options=options, by=by)
        return found, _button(found)


def _connect(studio: Studio, form: _Form, board: gr.HTML) -> None:
    answers = _Answers(studio)
    chosen = [form.unverified, form.of, form.key, form.format_name]
    drawn = [board, form.start]
    gr.on(
        None,
        answers.opened,
        None,
        [*drawn, form.unverified, form.of, form.key, form.dataset],
        show_progress="hidden",
    )
    gr.on(
        [form.unverified.input, form.of.input, form.key.input],
        answers.looked,
        chosen,
        [*drawn, form.key, form.partial],
        show_progress="hidden",
    )
    form.of.input(
        lambda name: name or _DEFAULT_NAME, [form.of], [form.dataset], show_progress="hidden"
    )
    form.format_name.input(
        answers.told, chosen, [form.format_name, form.partial], show_progress="hidden"
    )
    form.start.click(
        answers.written,
        [*chosen, form.order, form.partial, form.dataset, form.folder, form.replace],
        drawn,
        show_progress="minimal",
        show_progress_on=[form.start],
        concurrency_id="export",
        concurrency_limit=1,
    )


def _choice(also: bool, name: str, answers: str) -> Choice:
    return Choice(name, answers if name else CURRENT, also)


def _choices(studio: Studio) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the fields for pairs and answers offer; neither shows before anything is imported."""
    names = [view.name for view in imported_benchmarks(studio)]
    try:
        first = exported_import(studio, Choice()) or ""
    except AppError:  # several to choose from
        first = names[0]
    choices = [_OWN, *((f"{name}, imported", name) for name in names)]
    pairs: dict[str, Any] = gr.update(choices=choices, value=first, visible=bool(names))
    answers: dict[str, Any] = gr.update(visible=bool(first))
    return pairs, answers


def _readers(format_name: str) -> str:
    return f"Read by {FORMATS[format_name].readers}."


def _sentence(about: str) -> str:
    return about[0].upper() + about[1:]


def _partial(studio: Studio, format_name: str, choice: Choice) -> dict[str, Any]:
    """Shown where a format needs more pairs than there are, with what is lacking."""
    lacking: dict[str, int] = {}
    if format_name == _BY_PATTERN:
        patterns = plan(studio, choice)["patterns"]
        lacking = shortfall({one["slug"]: one["n"] for one in patterns})
    names = load_patterns("mmvp")
    told = ", ".join(f"{n} of {names.name_of(slug)}" for slug, n in lacking.items())
    update: dict[str, Any] = gr.update(
        visible=bool(lacking),
        value=False,
        info=f"Missing: {told}. Its script then reports some patterns wrongly." if told else None,
    )
    return update


def _button(found: dict[str, Any]) -> dict[str, Any]:
    n = found["plan"]["n_exported"]
    update: dict[str, Any] = gr.update(
        value=f"Export {n:,} pair{'' if n == 1 else 's'}" if n else "Nothing to export yet",
        interactive=n > 0,
    )
    return update


def outcome(
    studio: Studio,
    format_name: str | None = None,
    dataset: str | None = None,
    folder_name: str | None = None,
    replace: bool = False,
    *,
    choice: Choice = _DEFAULT,
    options: ExportOptions = _USUAL,
    by: int | None = None,
) -> dict[str, Any]:
    """What the board shows: the plan, and with a format the outcome of exporting or the problem."""
    done, problem = None, None
    if format_name is not None:
        try:
            done = run_export(
                studio,
                format_name=format_name,
                dataset=dataset or "",
                folder_name=folder_name or "",
                replace=replace,
                choice=choice,
                options=options,
                by=by,
            )
        except _SHOWN as error:
            problem = explain(error)
    found = plan(studio, choice)
    return {"plan": found, "outcome": done and asdict(done), "problem": problem}


PAGE = Page("Export", "export", build, role=Role.reviewer)
