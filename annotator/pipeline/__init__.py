"""The steps between a folder of images and the queue; each resumes and redoes nothing.

`index` finds the images, `embed` computes the vectors, `mine` finds the candidate pairs, `map` lays
the images out and `compare` measures what one space loses of the other. They carry data between
`embeddings` and `db`, which do not know each other.
"""

from annotator.pipeline.comparing import CompareReport, compare, comparison_options
from annotator.pipeline.counting import MatrixReport, count_matrix
from annotator.pipeline.embedding import EmbedOptions, EmbedReport, embed
from annotator.pipeline.indexing import IndexReport, index
from annotator.pipeline.layouts import MapOptions, MapReport, map
from annotator.pipeline.mining import MineReport, MiningOptions, SuggestReport, mine, suggest
from annotator.pipeline.ordering import OrderReport, order
from annotator.pipeline.roles import EncoderRoles, encoder_roles

__all__ = [
    "CompareReport",
    "EmbedOptions",
    "EmbedReport",
    "EncoderRoles",
    "IndexReport",
    "MapOptions",
    "MapReport",
    "MatrixReport",
    "MineReport",
    "MiningOptions",
    "OrderReport",
    "SuggestReport",
    "compare",
    "comparison_options",
    "count_matrix",
    "embed",
    "encoder_roles",
    "index",
    "map",
    "mine",
    "order",
    "suggest",
]
