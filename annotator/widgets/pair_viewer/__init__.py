"""Two images large, with one shared zoom: side by side, flicker, difference, wipe."""

from annotator.widgets.pair_viewer.widget import PairViewer

__all__ = ["PairViewer"]
