"""How a model's words become an answer: one rule per client, each selectable, and our own."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.errors import EvaluationError
from evaluation.graders import clients, strict
from evaluation.question import Choice

__all__ = ["DEFAULT_GRADER", "GRADERS", "JUDGE", "Grader", "UnknownGrader", "grader"]


class UnknownGrader(EvaluationError):
    """There is no grader of that name."""


@dataclass(frozen=True)
class Grader:
    """One rule that reads an answer.

    ``read(response, option_a, option_b)`` gives the option that was chosen, or None where the rule
    cannot tell: such an answer counts as wrong, and is counted as ungradable as well.
    """

    name: str
    about: str
    read: Callable[[str, str, str], Choice | None]


GRADERS: dict[str, Grader] = {
    rule.name: rule
    for rule in (
        Grader("strict", "the letter or the option's text, in any common dress", strict.read),
        Grader("option-text", "the text of one option, never a letter", strict.option_text),
        Grader("vlmevalkit", "VLMEvalKit with exact matching, no judge", clients.vlmevalkit),
        Grader("lmms-eval", "lmms-eval's task mmvp", clients.lmms_eval),
        Grader("cambrian", "Cambrian's mmvp_test.py", clients.cambrian),
        Grader("internvl", "InternVL's evaluate_mmvp.py", clients.internvl),
    )
}
DEFAULT_GRADER = "strict"
JUDGE = "judge"
"""Not one of these rules but a language model; see ``evaluation.mllms.judging``."""


def grader(name: str) -> Grader:
    """The grader of this name.

    Raises:
        UnknownGrader: there is none.
    """
    if name not in GRADERS:
        known = ", ".join(sorted([*GRADERS, JUDGE]))
        raise UnknownGrader(f"There is no grader {name!r}.", hint=f"Graders: {known}.")
    return GRADERS[name]
