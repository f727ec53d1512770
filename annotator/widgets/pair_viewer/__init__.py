"""Two images large, with one shared zoom: side by side, flicker, difference, wipe."""

from annotator.widgets.pair_viewer.widget import pair_viewer

__all__ = ["pair_viewer"]
