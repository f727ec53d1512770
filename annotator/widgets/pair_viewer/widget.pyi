"""The pair viewer as a Gradio component; `window.__viewer` drives it in the browser."""

import gradio as gr

from annotator.widgets import read_beside

from gradio.events import Dependency

class PairViewer(gr.HTML):
    """Shows no pair until the page's script calls `__viewer.show(pair)`."""

    def __init__(self) -> None:
        super().__init__(
            value="",
            html_template=read_beside(__file__, "pair_viewer.html"),
            css_template=read_beside(__file__, "pair_viewer.css"),
            js_on_load=read_beside(__file__, "zoom.js", "modes.js", "pair_viewer.js"),
            apply_default_css=False,
            elem_id="pair-viewer",
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component