"""A disputed pair with all its versions and voices, and the rulings."""

from annotator.widgets.adjudicate_desk.widget import adjudicate_desk

__all__ = ["adjudicate_desk"]
