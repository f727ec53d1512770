"""Everybody with their role and login, and what an admin can change of it."""

from annotator.widgets.people_board.widget import people_board

__all__ = ["people_board"]
