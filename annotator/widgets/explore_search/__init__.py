"""One search field: by text, by name, by picture; what it finds lights up on the maps."""

from annotator.widgets.explore_search.widget import explore_search

__all__ = ["explore_search"]
