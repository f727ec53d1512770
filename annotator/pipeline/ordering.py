"""The order step: which pairs differ most from each other, and which pattern each may show."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import EmbeddedImages, embedded_images
from annotator.studio import Studio
from db.ordering import PairImages, WrittenPair, pairs_of_run, store_order, written_pairs
from db.pairs import current_run
from embeddings.ordering import contents, differences, farthest_first, nearest_labels
from embeddings.progress import Progress

# Farthest-first compares each chosen pair with all others; what comes after keeps its rank.
MOST_ORDERED = 1000
MOST_BYTES = 128 * 2**20
# With fewer examples than this a guess says nothing.
FEWEST_WRITTEN = 10
_PAIRS_AT_ONCE = 4096


@dataclass(frozen=True)
class OrderReport:
    """What the queue can be steered by.

    Attributes:
        n_ordered: pairs that have a novelty rank of their own.
        n_compared: pairs that were weighed for it, the best of the run.
        n_written: complete pairs that the likely patterns are guessed from.
        n_likely: pairs with a likely pattern.
        n_right: complete pairs whose pattern is guessed right from the others.
        n_commonest: those that "always the commonest pattern" would get right.
    """

    run_id: int
    n_pairs: int
    n_ordered: int
    n_compared: int
    n_written: int
    n_likely: int
    n_right: int
    n_commonest: int


def order(studio: Studio, *, progress: Progress | None = None) -> OrderReport | None:
    """Works out novelty ranks and likely patterns of the current run; None before the first run.

    Raises:
        AppError: an encoder of the run has not seen all images.
    """
    run = current_run(studio.database)
    if run is None:
        return None
    embedded = embedded_images(studio, EncoderRoles(run.blind_encoder, run.reference_encoder))
    pairs = _Pairs(embedded)
    found = [pair for pair in pairs_of_run(studio.database, run.id) if pairs.has(pair)]
    first, n_compared = _novelty(pairs, found, progress)
    written = [one for one in written_pairs(studio.database) if pairs.has(one.pair)]
    likely = _likely(pairs, found, written)
    store_order(studio.database, run.id, first, likely)
    patterns = [one.pattern for one in written]
    return OrderReport(
        run_id=run.id,
        n_pairs=len(found),
        n_ordered=len(first),
        n_compared=n_compared,
        n_written=len(written),
        n_likely=len(likely),
        n_right=_n_right(pairs, written),
        n_commonest=max(Counter(patterns).values(), default=0),
    )


class _Pairs:
    """The vectors of pairs, read for as many as are asked for and not for all images."""

    def __init__(self, embedded: EmbeddedImages) -> None:
        self._embedded = embedded
        self._key = {image.id: image.sha256 for image in embedded.images}

    def has(self, pair: PairImages) -> bool:
        """Whether both images still have vectors."""
        return pair.first_image_id in self._key and pair.second_image_id in self._key

    def _keys(self, pairs: list[PairImages]) -> tuple[list[str], list[str]]:
        first = [self._key[pair.first_image_id] for pair in pairs]
        return first, [self._key[pair.second_image_id] for pair in pairs]

    def contents(self, pairs: list[PairImages]) -> NDArray[np.float32]:
        """What each depicts, in both spaces."""
        blind, reference = self._embedded.blind, self._embedded.reference
        first, second = self._keys(pairs)
        return contents(
            (blind.load(first), blind.load(second)),
            (reference.load(first), reference.load(second)),
        )

    def differences(self, pairs: list[PairImages]) -> NDArray[np.float32]:
        """How the two images of each differ in the reference space."""
        reference = self._embedded.reference
        first, second = self._keys(pairs)
        return differences(reference.load(first), reference.load(second))

    @property
    def n_bytes(self) -> int:
        """Of what one pair depicts."""
        manifests = (self._embedded.blind.manifest, self._embedded.reference.manifest)
        return 4 * sum(manifest.dimension for manifest in manifests)


def _novelty(
    pairs: _Pairs, found: list[PairImages], progress: Progress | None
) -> tuple[list[int], int]:
    """The pairs that come first, and how many were weighed."""
    weighed = found[: MOST_BYTES // pairs.n_bytes]
    if not weighed:
        return [], 0
    rows = farthest_first(pairs.contents(weighed), MOST_ORDERED, progress=progress)
    return [weighed[row].id for row in rows], len(weighed)


def _likely(pairs: _Pairs, found: list[PairImages], written: list[WrittenPair]) -> dict[int, str]:
    if len(written) < FEWEST_WRITTEN:
        return {}
    known = pairs.differences([one.pair for one in written])
    labels = [one.pattern for one in written]
    likely: dict[int, str] = {}
    for start in range(0, len(found), _PAIRS_AT_ONCE):
        some = found[start : start + _PAIRS_AT_ONCE]
        guesses = nearest_labels(pairs.differences(some), known, labels)
        likely.update({pair.id: guess.label for pair, guess in zip(some, guesses, strict=True)})
    return likely


def _n_right(pairs: _Pairs, written: list[WrittenPair]) -> int:
    """Complete pairs whose pattern is guessed right from all the others."""
    if len(written) < FEWEST_WRITTEN:
        return 0
    known = pairs.differences([one.pair for one in written])
    labels = [one.pattern for one in written]
    guesses = nearest_labels(known, known, labels, leave_out_same=True)
    return sum(guess.label == label for guess, label in zip(guesses, labels, strict=True))
