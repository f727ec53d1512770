"""Export: the complete pairs as a benchmark on disk and as a download."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from annotator.errors import STUDIO_ERRORS, explain
from annotator.exports import plan, run_export
from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.export_board import export_board
from db.lifecycle import PairState
from db.progress import count_states
from evaluation.formats import FORMATS

_DEFAULT_NAME = "MMVP"
_SHOWN: tuple[type[Exception], ...] = (*STUDIO_ERRORS, OSError)


def build(studio: Studio) -> None:
    """Lays the page out: the form on one side, what it would do and did on the other."""
    with gr.Column(elem_id="export", elem_classes="page"):
        gr.Markdown("# Export")
        with gr.Row(elem_classes="two"):
            with gr.Column(scale=2, min_width=300, elem_classes="form-card"):
                form = gr.Radio(
                    [(form.about, name) for name, form in FORMATS.items()],
                    value=next(iter(FORMATS)),
                    label="Format",
                    elem_id="export-format",
                )
                dataset = gr.Textbox(
                    _DEFAULT_NAME, label="Dataset name", max_lines=1, elem_id="export-dataset"
                )
                folder = gr.Textbox(
                    _DEFAULT_NAME.lower(),
                    label="Folder",
                    info=f"Below {studio.workspace.exports}",
                    max_lines=1,
                    elem_id="export-folder",
                )
                replace = gr.Checkbox(
                    False, label="Replace the export in this folder", elem_id="export-replace"
                )
                start = gr.Button("Export", variant="primary", elem_id="export-start")
            with gr.Column(scale=5, min_width=320):
                board = export_board()

    def look() -> tuple[dict[str, Any], dict[str, Any]]:
        return outcome(studio), _button(studio)

    def write(*given: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
        return outcome(studio, *given), _button(studio)

    gr.on(None, look, None, [board, start], show_progress="hidden")
    start.click(
        write,
        [form, dataset, folder, replace],
        [board, start],
        show_progress="minimal",
        show_progress_on=[start],
        concurrency_id="export",
        concurrency_limit=1,
    )


def _button(studio: Studio) -> dict[str, Any]:
    n = count_states(studio.database)[PairState.complete]
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
            )
        except _SHOWN as error:
            problem = explain(error)
    return {"plan": plan(studio), "outcome": done and asdict(done), "problem": problem}


PAGE = Page("Export", "export", build)
