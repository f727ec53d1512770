"""Pace, people and where disagreement sits, below the progress board."""

from annotator.widgets.work_board.widget import work_board

__all__ = ["work_board"]
