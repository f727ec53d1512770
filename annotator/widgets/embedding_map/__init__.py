"""Two linked maps of the images, with the candidate pairs as tethers."""

from annotator.widgets.embedding_map.widget import embedding_map

__all__ = ["embedding_map"]
