"""Agreement about accepting and about visual patterns, with heat map and course."""

from annotator.widgets.agreement_board.widget import agreement_board

__all__ = ["agreement_board"]
