"""Guesses the visual pattern of a question from its words: TF-IDF and logistic regression.

It learns, in seconds and without a network, from sentences of our own (`assets/questions`) and
from the examples of the patterns themselves, so that it also knows patterns that a team added.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from assets import asset
from evaluation.patterns import PatternSet

SOURCE = "the words"
# Below it the guess is wrong too often to be shown: see docs/writing-help.md for what it leaves.
SURE_ENOUGH = 0.5

# What questions of one kind have in common; each is one more feature beside the letters.
_CUES = (
    r"\b(which way|which direction|what direction|direction|facing|face|point(s|ing)?|toward|"
    r"heading|lean(s|ing)?|turned|tilted|vertical(ly)?|horizontal(ly)?|upside|looking)\b",
    r"\b(up|down|left|right|upright)\b",
    r"\b(is|are) there (a|an|any|anything)\b|\b(wear(s|ing)?|has|have|visible|without|with|come)\b",
    r"\byes \| no\b",
    r"\b(can|could) (you )?.*\b(see|seen)\b",
    r"\b(open|closed|shut|lit|wet|dry|asleep|awake|broken|empty|full|sitting|standing|lying|"
    r"running|moving|burning|on|off)\b \|",
    r"\b(how many|number of|count(ed)?|more than|fewer|several|dozen|pair|how much)\b",
    r"\| (\d+|one|two|three|four|five|six|seven|eight|nine|ten|both|all)\b",
    r"\b(where|next to|beside|behind|in front|under|above|below|between|on top|inside|outside|"
    r"nearest|closest|near|side of)\b",
    r"\b(colou?rs?|shade|black|white|gr[ae]y|red|blue|green|yellow|orange|pink|purple|brown|"
    r"striped|plain|spotted|shiny|bright|dark(er)?|light|golden|silver)\b",
    r"\b(shape|made of|built of|round|square|flat|pointed|curved|straight|long|short|thick|thin|"
    r"narrow|wide|tall|high|low|wood|metal|stone|curly)\b",
    r"\b(say|says|written|word|letters?|number on|printed|reads?|symbol|digit|sign|label|title|"
    r"text|lettering|writing|name|spell)\b",
    r"\b(photograph(ed|er)?|camera|photo|picture(d)?|shot|view(ed|er|s)?|seen from|angle|frame|"
    r"profile|close-up|perspective|aerial|we (see|look)|are we|from (above|below|behind|the))\b",
)


@dataclass(frozen=True)
class Labelled:
    """A question whose visual pattern is known."""

    pattern: str
    question: str
    option_a: str
    option_b: str


@dataclass(frozen=True)
class Guess:
    """The likeliest pattern and how sure that is, from 0 to 1."""

    pattern: str
    probability: float


def load_labelled(name: Literal["labelled", "held_out"] = "labelled") -> list[Labelled]:
    """Our own sentences: those to learn from, or those that are only measured on."""
    with asset(f"questions/{name}.tsv").open(encoding="utf-8", newline="") as file:
        return [Labelled(**row) for row in csv.DictReader(file, delimiter="\t")]


class PatternGuesser:
    """Made once for a set of patterns; then a guess takes milliseconds."""

    def __init__(self, examples: Sequence[Labelled]) -> None:
        self._model = new_model()
        self._model.fit(
            [as_text(one.question, one.option_a, one.option_b) for one in examples],
            [one.pattern for one in examples],
        )

    def guess(self, question: str, option_a: str = "", option_b: str = "") -> Guess:
        """The likeliest pattern of a question, however unsure."""
        found = self._model.predict_proba([as_text(question, option_a, option_b)])[0]
        best = int(found.argmax())
        return Guess(str(self._model.classes_[best]), float(found[best]))


@lru_cache(maxsize=4)
def pattern_guesser(patterns: PatternSet) -> PatternGuesser:
    """The guesser for these patterns; the first call for a set takes about two seconds.

    Raises:
        ValueError: the set has fewer than two patterns.
    """
    ours = [one for one in load_labelled() if one.pattern in patterns]
    shown = [
        Labelled(one.slug, one.example.question, one.example.option_a, one.example.option_b)
        for one in patterns
        if one.example is not None
    ]
    said = [Labelled(one.slug, f"{one.name}: {one.definition}", "", "") for one in patterns]
    return PatternGuesser([*ours, *shown, *said])


def new_model() -> Pipeline:
    """An untrained model of texts as `as_text` makes them."""
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
    return make_pipeline(
        make_union(letters, _Cues()), LogisticRegression(C=10, max_iter=200, tol=1e-3)
    )


def as_text(question: str, option_a: str, option_b: str) -> str:
    """A question with its options as the model reads it."""
    parts = (" ".join(part.casefold().split()).rstrip(".") for part in (option_a, option_b))
    return " | ".join([" ".join(question.casefold().split()), *parts])


class _Cues(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Which of the cues a text has; it learns nothing."""

    _compiled = tuple(re.compile(cue) for cue in _CUES)

    def fit(self, _texts: Sequence[str], _labels: Any = None) -> "_Cues":  # noqa: ANN401
        return self

    def transform(self, texts: Sequence[str]) -> NDArray[np.float64]:
        found = [[bool(cue.search(text)) for cue in self._compiled] for text in texts]
        return np.array(found, dtype=np.float64) * _CUE_WEIGHT

    def __sklearn_is_fitted__(self) -> bool:
        return True


_CUE_WEIGHT = 0.5
