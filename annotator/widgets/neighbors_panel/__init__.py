"""The nearest images of a picked one in each space, side by side."""

from annotator.widgets.neighbors_panel.widget import neighbors_panel

__all__ = ["neighbors_panel"]
