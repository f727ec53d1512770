"""What the rules find in the benchmark, by rule, with what can be answered without looking."""

from annotator.widgets.check_board.widget import check_board

__all__ = ["check_board"]
