"""The dialog of the stored layouts, and of making another."""

from annotator.widgets.layout_drawer.widget import layout_drawer

__all__ = ["layout_drawer"]
