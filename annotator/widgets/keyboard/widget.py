"""Keyboard shortcuts as a Gradio component: any visible button with `data-key` gets its key."""

import gradio as gr

from annotator.widgets import read_beside


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
