"""The target, the states and the visual patterns at a glance."""

from annotator.widgets.progress_board.widget import progress_board

__all__ = ["progress_board"]
