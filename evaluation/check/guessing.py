"""How much of a benchmark can be answered without looking: guessers that see words and numbers.

What learns is tried on pairs that it did not learn from (cross-validation over whole pairs). A
guesser that answers the two rows of a pair alike gets half of the rows and no pair: only what
tells the rows apart, their number or their words, can get further.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from evaluation.statistics import Share, share

if TYPE_CHECKING:
    from evaluation.check.subject import Pair, Row

FEWEST_PAIRS = 10
"""With fewer pairs nothing is said."""
_FOLDS = 10
_SEED = 0
_Z = 1.959963984540054  # 95 %
Matrix = Any  # scipy.sparse has no types
Answers = NDArray[np.bool_]


@dataclass(frozen=True)
class Baseline:
    """How a guesser did: ``single`` over rows, ``pair`` over pairs with both rows right.

    The interval of ``single`` counts a pair as one case, as its rows are not independent.
    ``rows_alike``: it cannot tell the rows of a pair apart, so it gets no pair by design.
    """

    name: str
    title: str
    about: str
    single: Share
    pair: Share
    rows_alike: bool

    @property
    def beats_chance(self) -> bool:
        """Whether it is right in more rows than a thrown coin, beyond doubt (95 %)."""
        return self.single.low is not None and self.single.low > 0.5


@dataclass(frozen=True)
class _Cases:
    """The rows of n pairs, two and two; ``truth``: the key is (a), or it is the first image."""

    words: Matrix
    lengths: NDArray[np.float64]
    odd: NDArray[np.float64]
    truth: Answers

    @property
    def n_pairs(self) -> int:
        return len(self.truth) // 2


@dataclass(frozen=True)
class _Guesser:
    name: str
    title: str
    about: str
    guess: Callable[[_Cases], Answers]
    rows_alike: bool
    of_statements: bool = False


def baselines(pairs: "Sequence[Pair]", statements: bool) -> tuple[Baseline, ...]:
    """What each guesser gets; empty for fewer than 10 pairs that can be asked.

    Args:
        pairs: whole pairs.
        statements: whether they say something of each image, instead of asking.
    """
    usable = [pair for pair in pairs if _is_usable(pair, statements)]
    if len(usable) < FEWEST_PAIRS:
        return ()
    rows = [row for pair in usable for row in pair.rows]
    cases = _of_statements(rows) if statements else _of_questions(rows)
    guessers = [one for one in GUESSERS if one.of_statements or not statements]
    return tuple(_measured(guesser, cases) for guesser in guessers)


def _is_usable(pair: "Pair", statements: bool) -> bool:
    if statements:
        return all(row.raw.statement for row in pair.rows)
    asked = all(row.raw.question and row.raw.option_a and row.raw.option_b for row in pair.rows)
    return asked and pair.golds is not None


def _of_questions(rows: "Sequence[Row]") -> _Cases:
    """The words of option a less those of option b, and those of the question."""
    a = [row.raw.option_a or "" for row in rows]
    b = [row.raw.option_b or "" for row in rows]
    options = _vectors(a) - _vectors(b)
    lengths = [
        _sign(len(one.strip()) - len(other.strip())) for one, other in zip(a, b, strict=True)
    ]
    questions = _vectors([row.raw.question or "" for row in rows])
    return _Cases(
        words=sparse.hstack([options, questions], format="csr"),
        lengths=np.array(lengths, dtype=np.float64),
        odd=np.array([1.0, -1.0] * (len(rows) // 2)),
        truth=np.array([row.gold == "a" for row in rows]),
    )


def _of_statements(rows: "Sequence[Row]") -> _Cases:
    """The words of the statement; its row number is the key itself, so it is not used."""
    said = [row.raw.statement or "" for row in rows]
    sizes = [len(one.strip()) for one in said]
    other = [sizes[at ^ 1] for at in range(len(sizes))]
    return _Cases(
        words=_vectors(said),
        lengths=np.array([_sign(x - y) for x, y in zip(sizes, other, strict=True)]),
        odd=np.zeros(len(rows)),
        truth=np.array([at % 2 == 0 for at in range(len(rows))]),
    )


def _vectors(texts: Sequence[str]) -> Matrix:
    """Words and couples of words, hashed: nothing is learned from pairs that are tested."""
    hashing = HashingVectorizer(
        n_features=2**13, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", alternate_sign=False
    )
    return hashing.transform(texts)


def _sign(value: float) -> float:
    return float((value > 0) - (value < 0))


def _measured(guesser: _Guesser, cases: _Cases) -> Baseline:
    right = (guesser.guess(cases) == cases.truth).reshape(-1, 2)
    return Baseline(
        name=guesser.name,
        title=guesser.title,
        about=guesser.about,
        single=_single(int(right.sum()), cases.n_pairs),
        pair=share(int(right.all(axis=1).sum()), cases.n_pairs),
        rows_alike=guesser.rows_alike,
    )


def _single(n_right: int, n_pairs: int) -> Share:
    """The share of rows with the Wilson interval of as many cases as there are pairs."""
    value = n_right / (2 * n_pairs)
    spread = 1 + _Z**2 / n_pairs
    middle = (value + _Z**2 / (2 * n_pairs)) / spread
    half = _Z * math.sqrt(value * (1 - value) / n_pairs + _Z**2 / (4 * n_pairs**2)) / spread
    return Share(n_right, 2 * n_pairs, value, max(0.0, middle - half), min(1.0, middle + half))


def _folds(n_pairs: int) -> list[NDArray[np.intp]]:
    """The rows of each fold; a pair is never split."""
    order = np.random.default_rng(_SEED).permutation(n_pairs)
    parts = np.array_split(order, min(_FOLDS, n_pairs))
    return [np.sort(np.concatenate([2 * part, 2 * part + 1])) for part in parts]


def _cross_validated(features: Matrix, truth: Answers) -> Answers:
    features = features[
        :, np.diff(features.tocsc().indptr) > 0
    ]  # most of the hashed ones are empty
    answers = np.zeros(len(truth), dtype=np.bool_)
    for test in _folds(len(truth) // 2):
        train = np.setdiff1d(np.arange(len(truth)), test)
        known = truth[train]
        if known.all() or not known.any():
            answers[test] = known[0]
            continue
        model = LogisticRegression(C=10.0, solver="liblinear", random_state=_SEED)
        answers[test] = model.fit(features[train], known).predict(features[test])
    return answers


def _better_way(hints: NDArray[np.float64], truth: Answers) -> Answers:
    """Follows a hint of +1, 0 or -1, or goes against it: whichever is right more often."""
    agreeing = float(hints @ np.where(truth, 1.0, -1.0)) >= 0
    return (hints if agreeing else -hints) >= 0


def _words(cases: _Cases) -> Answers:
    return _cross_validated(cases.words, cases.truth)


def _words_and_number(cases: _Cases) -> Answers:
    """The words, and the words the other way round in even rows."""
    turned = sparse.diags(cases.odd)
    columns = [cases.words, turned @ cases.words, sparse.csr_matrix(cases.odd[:, None])]
    return _cross_validated(sparse.hstack(columns, format="csr"), cases.truth)


GUESSERS: tuple[_Guesser, ...] = (
    _Guesser(
        "words",
        "Words",
        "the words and couples of words of question and options (logistic regression)",
        _words,
        rows_alike=True,
        of_statements=True,
    ),
    _Guesser(
        "words_and_number",
        "Words and row number",
        "the words of question and options, and which of the pair's rows it is (regression)",
        _words_and_number,
        rows_alike=False,
    ),
    _Guesser(
        "row_number",
        "Row number",
        "(a) in the first row of every pair and (b) in the second, or the other way round",
        lambda cases: _better_way(cases.odd, cases.truth),
        rows_alike=False,
    ),
    _Guesser(
        "longer",
        "Longer text",
        "always the longer option, or always the shorter, whichever is right more often",
        lambda cases: _better_way(cases.lengths, cases.truth),
        rows_alike=True,
        of_statements=True,
    ),
    _Guesser(
        "longer_and_number",
        "Longer text and row number",
        "the longer option in the first row and the shorter in the second, or the other way round",
        lambda cases: _better_way(cases.lengths * cases.odd, cases.truth),
        rows_alike=False,
    ),
    _Guesser(
        "first_option",
        "Always (a)",
        "the option that is listed first",
        lambda cases: np.ones(len(cases.truth), dtype=np.bool_),
        rows_alike=True,
    ),
    _Guesser(
        "usual_letter",
        "The usual letter",
        "the letter that is right more often",
        lambda cases: _better_way(np.ones(len(cases.truth)), cases.truth),
        rows_alike=True,
    ),
)
