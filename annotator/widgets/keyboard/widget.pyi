"""Keyboard shortcuts as a Gradio component: any visible button with `data-key` gets its key."""

import gradio as gr

from annotator.widgets import read_beside

from gradio.events import Dependency

class Keyboard(gr.HTML):
    """Listens on the whole page; `?` opens the sheet of shortcuts."""

    def __init__(self) -> None:
        super().__init__(
            value="",
            html_template=read_beside(__file__, "keyboard.html"),
            css_template=read_beside(__file__, "keyboard.css"),
            js_on_load=read_beside(__file__, "keyboard.js"),
            apply_default_css=False,
            elem_id="keyboard",
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component