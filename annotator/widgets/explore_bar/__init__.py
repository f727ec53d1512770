"""The bar at the top of Explore: its views, the two encoders, and room for other widgets."""

from annotator.widgets.explore_bar.widget import explore_bar

__all__ = ["explore_bar"]
