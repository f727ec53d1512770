"""Two linked maps of the images, with the candidate pairs as tethers."""

from annotator.widgets.embedding_map.widget import SCRIPTS, EmbeddingMap

__all__ = ["SCRIPTS", "EmbeddingMap"]
