"""How often the visual pattern is guessed rightly from a question's words, and how quickly.

Run it with `python -m benchmarks.pattern_suggestion`.
"""

import sys
import time

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from evaluation.pattern_suggestion import (
    SURE_ENOUGH,
    Labelled,
    as_text,
    load_labelled,
    new_model,
    pattern_guesser,
)
from evaluation.patterns import load_patterns
from evaluation.statistics import share

FOLDS = 8


def texts(examples: list[Labelled]) -> list[str]:
    return [as_text(one.question, one.option_a, one.option_b) for one in examples]


def told(name: str, truth: np.ndarray, guessed: np.ndarray, sure: np.ndarray) -> None:
    right = guessed == truth
    rate = share(int(right.sum()), len(right))
    shown = sure >= SURE_ENOUGH
    print(
        f"{name}: {right.sum()} of {len(right)} right ({right.mean():.1%}, 95 % interval "
        f"{rate.low or 0:.0%} to {rate.high or 0:.0%}); shown for {shown.mean():.0%} "
        f"of them, right in {right[shown].mean():.1%} of those"
    )


def per_pattern(truth: np.ndarray, guessed: np.ndarray) -> None:
    for pattern in load_patterns().slugs:
        mine = truth == pattern
        taken = {other: int((guessed[mine] == other).sum()) for other in set(guessed[mine])}
        wrong = {other: n for other, n in taken.items() if other != pattern}
        most = max(wrong, key=lambda other: wrong[other]) if wrong else ""
        also = f", most often taken for {most} ({wrong[most]})" if most else ""
        print(f"  {pattern:12} {taken.get(pattern, 0):3} of {mine.sum()}{also}")


def main() -> None:
    labelled, held_out = load_labelled(), load_labelled("held_out")
    truth = np.array([one.pattern for one in labelled])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    found = cross_val_predict(new_model(), texts(labelled), truth, cv=folds, method="predict_proba")
    classes = np.unique(truth)
    guessed = classes[found.argmax(axis=1)]
    told(f"{FOLDS}-fold cross-validation", truth, guessed, found.max(axis=1))
    per_pattern(truth, guessed)

    started = time.perf_counter()
    guesser = pattern_guesser(load_patterns())
    print(f"learning took {time.perf_counter() - started:.2f} s, once for each start of the server")
    guesses, seconds = [], []
    for one in held_out:
        started = time.perf_counter()
        guesses.append(guesser.guess(one.question, one.option_a, one.option_b))
        seconds.append(time.perf_counter() - started)
    truth = np.array([one.pattern for one in held_out])
    guessed = np.array([one.pattern for one in guesses])
    told("held-out sentences", truth, guessed, np.array([one.probability for one in guesses]))
    per_pattern(truth, guessed)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    print(f"a guess takes {p50:.2f} ms (median), {p95:.2f} ms (95 %); torch is loaded: ", end="")
    print("yes" if "torch" in sys.modules else "no")


if __name__ == "__main__":
    main()
