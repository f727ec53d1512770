"""Browser widgets: `gr.HTML` components made of real .html, .css and .js files in a folder each."""

from pathlib import Path
from typing import Any

import gradio as gr


def read_beside(module_file: str, *names: str) -> str:
    """Joins the text of the files `names` that lie in the folder of `module_file`."""
    folder = Path(module_file).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def html_widget(module_file: str, name: str, *scripts: str, **props: Any) -> gr.HTML:  # noqa: ANN401
    """The component of `name.html` and `name.css`; its scripts share one scope, in this order.

    A function and no subclass: Gradio writes a .pyi file beside every subclass of a component.
    """
    return gr.HTML(
        value="",
        html_template=read_beside(module_file, f"{name}.html"),
        css_template=read_beside(module_file, f"{name}.css"),
        js_on_load=read_beside(module_file, *(scripts or (f"{name}.js",))),
        apply_default_css=False,
        elem_id=name.replace("_", "-"),
        **props,
    )
