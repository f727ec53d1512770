"""Exact mining of pairs that one encoder finds alike and another finds different."""

from embeddings.mining.counting import count_over
from embeddings.mining.miner import mine
from embeddings.mining.pairs import (
    InvalidVectors,
    MinedPairs,
    MiningCounts,
    MiningError,
    Thresholds,
    TooManyPairs,
)
from embeddings.mining.suggestion import Suggestion, suggest

__all__ = [
    "InvalidVectors",
    "MinedPairs",
    "MiningCounts",
    "MiningError",
    "Suggestion",
    "Thresholds",
    "TooManyPairs",
    "count_over",
    "mine",
    "suggest",
]
