"""One's own account: password, sessions, API tokens."""

from annotator.widgets.account_board.widget import account_board

__all__ = ["account_board"]
