"""How much of the reference space's neighbourhoods the blind space loses: overlap, collapse,
regions, and the joint histogram of both cosines.
"""

from embeddings.comparison.checkpoint import Checkpoint
from embeddings.comparison.grid import BLIND_GRID, REFERENCE_GRID, CosineGrid
from embeddings.comparison.histogram import JointHistogram
from embeddings.comparison.novelty import Novelty
from embeddings.comparison.options import ComparisonError, ComparisonOptions
from embeddings.comparison.regions import Region
from embeddings.comparison.scan import Comparison, compare
from embeddings.comparison.stored import (
    load_comparison,
    load_histogram,
    read_manifest,
    save_comparison,
)

__all__ = [
    "BLIND_GRID",
    "REFERENCE_GRID",
    "Checkpoint",
    "Comparison",
    "ComparisonError",
    "ComparisonOptions",
    "CosineGrid",
    "JointHistogram",
    "Novelty",
    "Region",
    "compare",
    "load_comparison",
    "load_histogram",
    "read_manifest",
    "save_comparison",
]
