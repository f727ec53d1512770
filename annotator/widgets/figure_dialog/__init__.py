"""The dialog that makes a figure of a view of Explore."""

from annotator.widgets.figure_dialog.widget import figure_dialog

__all__ = ["figure_dialog"]
