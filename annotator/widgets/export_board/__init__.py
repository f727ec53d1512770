"""What an export would hold, and what the last one holds."""

from annotator.widgets.export_board.widget import export_board

__all__ = ["export_board"]
