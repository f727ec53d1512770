"""The history of the pair on the page."""

from annotator.widgets.pair_history.widget import pair_history

__all__ = ["pair_history"]
