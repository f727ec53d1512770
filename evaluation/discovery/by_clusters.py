"""Patterns without a language model: clusters of the questions' words, named by what sets them off.

The questions become TF-IDF vectors of words and word pairs, reduced by SVD, or the vectors of an
encoder's text tower; k-means makes the clusters, c-TF-IDF their names.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize

from embeddings.encoder import TextEncoder, without_local_folders
from evaluation.asked import STATEMENT_QUESTION
from evaluation.discovery.discovered import AskedQuestion, Discovery, Member, discovery

_WORD: Final = r"(?u)\b\w+\b"
_DIMENSIONS: Final = 40
_FEWEST, _MOST = 4, 12
_WORDS_IN_NAME: Final = 3
_LONGEST: Final = 150
_LONGEST_WORD: Final = 20
# Words that every question has; "how", "many" and "which" are what sets some of them off.
_SAYS_NOTHING: Final = (
    *("a", "an", "the", "is", "are", "was", "were", "do", "does", "did", "of", "in", "on", "to"),
    *("at", "it", "its", "this", "that", "and", "or", "be", "with", "for", "by", "as", "there"),
    *("you", "can"),
)


def discover_by_clusters(
    asked: Sequence[AskedQuestion],
    *,
    benchmark: str,
    n_patterns: int | None = None,
    encoder: TextEncoder | None = None,
    seed: int = 0,
) -> Discovery:
    """The clusters of the questions; a member's confidence is how much nearer it is to its own
    cluster's middle than to the next, 0 on the border and 1 in the middle.

    Args:
        asked: at least four questions.
        benchmark: its name.
        n_patterns: how many clusters; by default what separates best, from 4 to 12.
        encoder: whose text tower reads the questions; by default words are counted.
        seed: of the clustering.
    """
    texts = [f"{one.question} {one.option_a} {one.option_b}" for one in asked]
    points = _points(texts, encoder, seed)
    model = _clustered(points, n_patterns, seed)
    clusters: NDArray[np.int64] = model.labels_
    sure = _confidence(model.transform(points))
    proposed = []
    for cluster, name in zip(_numbers(clusters), _names(texts, clusters), strict=True):
        rows = sorted(_rows(clusters, cluster), key=lambda row: (-sure[row], row))
        members = [
            Member(pair_id=asked[row].pair_id, confidence=round(float(sure[row]), 3))
            for row in rows
        ]
        examples = " and ".join(f"“{_example(asked[row])}”" for row in rows[:2])
        proposed.append((name, f"Questions like {examples}.", members))
    return discovery(
        asked,
        proposed,
        benchmark=benchmark,
        found_by=f"clusters of {without_local_folders(encoder.spec) if encoder else 'words'}",
        notes={"seed": seed, "n_patterns": len(proposed)},
    )


def _example(one: AskedQuestion) -> str:
    text = one.question
    if text == STATEMENT_QUESTION:  # which every pair of MMVP-VLM asks
        text = f"{one.option_a} / {one.option_b}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _numbers(clusters: NDArray[np.int64]) -> list[int]:
    return sorted(set(clusters.tolist()))


def _rows(clusters: NDArray[np.int64], cluster: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(clusters == cluster)]


def _points(texts: Sequence[str], encoder: TextEncoder | None, seed: int) -> NDArray[np.float64]:
    """Shape (n, d), rows of length 1."""
    if encoder is not None:
        return np.asarray(encoder.embed_texts(texts), dtype=np.float64)
    counted = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD
    ).fit_transform(texts)
    d = min(_DIMENSIONS, min(counted.shape) - 1)
    with np.errstate(invalid="ignore"):  # where all questions are the same
        reduced = TruncatedSVD(max(1, d), random_state=seed).fit_transform(counted)
    vectors: NDArray[np.float64] = normalize(reduced)
    return vectors


def _clustered(points: NDArray[np.float64], n_patterns: int | None, seed: int) -> Any:  # noqa: ANN401 - sklearn is untyped
    n_distinct = len(np.unique(points.round(9), axis=0))
    if n_patterns is not None:
        return _k_means(points, min(n_patterns, n_distinct), seed)
    most = min(_MOST, n_distinct - 1)
    tried = [_k_means(points, k, seed) for k in range(min(_FEWEST, most), most + 1)]
    if len(tried) <= 1:
        return tried[0] if tried else _k_means(points, 1, seed)
    return max(tried, key=lambda model: silhouette_score(points, model.labels_))


def _k_means(points: NDArray[np.float64], k: int, seed: int) -> Any:  # noqa: ANN401 - sklearn is untyped
    return KMeans(max(1, k), n_init=10, random_state=seed).fit(points)


def _confidence(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the distances to all middles, shape (n, k)."""
    if distances.shape[1] == 1:
        return np.ones(len(distances))
    nearest = np.sort(distances, axis=1)[:, :2]
    with np.errstate(invalid="ignore", divide="ignore"):
        sure = 1 - nearest[:, 0] / nearest[:, 1]
    return np.nan_to_num(sure, nan=0.0)


def _names(texts: Sequence[str], clusters: NDArray[np.int64]) -> list[str]:
    """c-TF-IDF (Grootendorst 2022): the words of a cluster that are rare in the others."""
    vectorizer = CountVectorizer(token_pattern=_WORD, stop_words=list(_SAYS_NOTHING))
    joined = [
        " ".join(texts[row] for row in _rows(clusters, cluster)) for cluster in _numbers(clusters)
    ]
    try:
        counts = vectorizer.fit_transform(joined).toarray().astype(np.float64)
    except ValueError:  # no word but those that say nothing
        return [f"cluster {n}" for n in range(1, len(joined) + 1)]
    words = vectorizer.get_feature_names_out()
    weights = counts * np.log1p(counts.sum() / len(joined) / counts.sum(axis=0))
    names: list[str] = []
    for place, row in enumerate(weights, 1):
        best = [at for at in np.argsort(-row, kind="stable")[:_WORDS_IN_NAME] if row[at] > 0]
        name = ", ".join(str(words[at])[:_LONGEST_WORD] for at in best) or f"cluster {place}"
        names.append(f"{name} ({place})" if name in names else name)
    return names
