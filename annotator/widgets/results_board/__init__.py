"""Leaderboard, patterns, comparison and the gallery of failures."""

from annotator.widgets.results_board.widget import results_board

__all__ = ["results_board"]
