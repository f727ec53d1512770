"""The four steps between a folder of images and the queue; each resumes and redoes nothing.

`index` finds the images, `embed` computes the vectors, `mine` finds the candidate pairs and `map`
lays the images out. They carry data between `embeddings` and `db`, which do not know each other.
"""

from annotator.pipeline.embedding import EmbedReport, embed
from annotator.pipeline.indexing import IndexReport, index
from annotator.pipeline.layouts import MapReport, map
from annotator.pipeline.mining import MineReport, MiningOptions, SuggestReport, mine, suggest
from annotator.pipeline.roles import EncoderRoles, encoder_roles

__all__ = [
    "EmbedReport",
    "EncoderRoles",
    "IndexReport",
    "MapReport",
    "MineReport",
    "MiningOptions",
    "SuggestReport",
    "embed",
    "encoder_roles",
    "index",
    "map",
    "mine",
    "suggest",
]
