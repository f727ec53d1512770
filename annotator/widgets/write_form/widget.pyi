"""The write form as a Gradio component; `window.__form` drives it in the browser."""

from dataclasses import asdict

import gradio as gr

from annotator.widgets import read_beside
from evaluation.patterns import PatternSet

from gradio.events import Dependency

class WriteForm(gr.HTML):
    """Hidden until the page's script opens it for an accepted pair."""

    def __init__(self, patterns: PatternSet) -> None:
        super().__init__(
            value="",
            html_template=read_beside(__file__, "write_form.html"),
            css_template=read_beside(__file__, "write_form.css"),
            js_on_load=read_beside(__file__, "fields.js", "write_form.js"),
            apply_default_css=False,
            elem_id="write-form",
            patterns=[asdict(pattern) for pattern in patterns],
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component