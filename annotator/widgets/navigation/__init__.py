"""The bar on top of every page: links, the annotator's name, light and dark."""

from annotator.widgets.navigation.widget import navigation

__all__ = ["navigation"]
