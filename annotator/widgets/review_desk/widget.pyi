"""The review desk as a Gradio component; it talks to the routes of `annotator.routes.review`."""

import gradio as gr

from annotator.widgets import read_beside

from gradio.events import Dependency

class ReviewDesk(gr.HTML):
    """Expects a `PairViewer`, a `WriteForm` and a `Keyboard` on the same page."""

    def __init__(self) -> None:
        super().__init__(
            value="",
            html_template=read_beside(__file__, "review_desk.html"),
            css_template=read_beside(__file__, "review_desk.css"),
            js_on_load=read_beside(__file__, "gap_ruler.js", "empty.js", "review_desk.js"),
            apply_default_css=False,
            elem_id="review-desk",
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component