"""Imported benchmarks and their pairs, found by the row of the original table."""

from annotator.widgets.imported_board.widget import imported_board

__all__ = ["imported_board"]
