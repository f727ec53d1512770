"""The two maps as a Gradio component; the browser fetches the data itself."""

from pathlib import Path

import gradio as gr

from annotator.widgets import read_beside

_FOLDER = Path(__file__).parent
# Served by name as ES modules, so that each file is checked and shown by name in a debugger.
SCRIPTS = {path.name: path for path in sorted(_FOLDER.glob("*.js")) if path.name != "mount.js"}

from gradio.events import Dependency

class EmbeddingMap(gr.HTML):
    """Draws /api/map.json and /api/map.bin; shows what to do when there is no map yet."""

    def __init__(self, *, elem_id: str = "embedding-map") -> None:
        super().__init__(
            value=None,
            html_template=read_beside(__file__, "embedding_map.html"),
            css_template=read_beside(__file__, "embedding_map.css"),
            js_on_load=read_beside(__file__, "mount.js"),
            apply_default_css=False,
            elem_id=elem_id,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component