"""The board of one's own account as a Gradio component."""

import gradio as gr

from annotator.widgets import html_widget


def account_board() -> gr.HTML:
    """Draws itself from /api/me and /api/tokens."""
    return html_widget(__file__, "account_board", "../make.js", "../ask.js", "account_board.js")
