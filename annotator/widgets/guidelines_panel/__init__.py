"""The guidelines beside the work, and the way to report a problem with a question."""

from annotator.widgets.guidelines_panel.widget import guidelines_panel

__all__ = ["guidelines_panel"]
