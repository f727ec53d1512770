"""What to say about a question while it is being written: errors that block it, and advice."""

import re
from collections.abc import Iterator

from evaluation.errors import Problem
from evaluation.findings import Draft, Finding, Fix, replacing
from evaluation.patterns import PatternSet, load_patterns
from evaluation.question import is_blank, question_problems, unwritable_character
from evaluation.wording import ADVICE

_IN_PARENTHESES = re.compile(r"\s*\(\s*([^()]*?)\s*\)")


def lint_question(
    text: str | None,
    option_a: str | None,
    option_b: str | None,
    answer_first: str | None,
    answer_second: str | None,
    pattern: str | None,
    *,
    patterns: PatternSet | None = None,
) -> list[Finding]:
    """Everything there is to say about a question in its present state, errors first.

    Fields may be empty or None while the question is being written. ``patterns`` are those to
    choose from, by default the nine of MMVP. What other questions have to do with it, says
    `evaluation.among_others`.
    """
    draft = Draft(
        text or "", option_a or "", option_b or "", answer_first or "", answer_second or ""
    )
    errors = [
        Finding("error", problem.field, problem.message, _fix_of(problem, draft))
        for problem in question_problems(
            draft.text, draft.option_a, draft.option_b, answer_first or None, answer_second or None
        )
    ]
    errors += [*parentheses(draft), *same_options(draft)]
    errors += _pattern_errors(pattern, patterns or load_patterns("mmvp"))
    return errors + [finding for rule in ADVICE for finding in rule(draft)]


def _fix_of(problem: Problem, draft: Draft) -> Fix | None:
    """How a broken hard rule is kept again, where one click can do it."""
    name = problem.field
    if name == "answers":
        if draft.answer_first != draft.answer_second or draft.answer_first not in ("a", "b"):
            return None
        other = "b" if draft.answer_first == "a" else "a"
        return Fix(f"Give the second image ({other})", {"answer_second": other})
    before: str = getattr(draft, name)
    unwritable = unwritable_character(before)
    if unwritable is None or unwritable not in problem.message:
        return None
    kept = "".join(" " if unwritable_character(one) else one for one in before)
    return replacing("Make it one line", name, before, " ".join(kept.split()))


def parentheses(draft: Draft) -> Iterator[Finding]:
    """No option has parentheses: programs split the options at them."""
    for field, subject, option in draft.options:
        if "(" in option or ")" in option:
            without = re.sub(r"[()]", "", _IN_PARENTHESES.sub(r", \1", option)).strip(" ,")
            yield Finding(
                "error",
                field,
                f"{subject} has parentheses; programs that read the benchmark split the options "
                "at them. Write it without.",
                replacing(f"Write “{without}”", field, option, without),
            )


def same_options(draft: Draft) -> Iterator[Finding]:
    """The options differ in more than capital letters and spaces."""
    a, b = draft.option_a.strip(), draft.option_b.strip()
    if is_blank(a) or a == b:  # equal texts are refused as such
        return
    if "".join(a.casefold().split()) == "".join(b.casefold().split()):
        message = "The options differ only in capital letters or spaces; make them differ."
        yield Finding("error", "option_b", message)


def _pattern_errors(pattern: str | None, patterns: PatternSet) -> list[Finding]:
    if not pattern:
        return [Finding("error", "pattern", "Choose the visual pattern the question is about.")]
    if any(one.slug == pattern for one in patterns.former):
        told = f"The pattern “{patterns.name_of(pattern)}” is out of use; choose another."
        return [Finding("error", "pattern", told)]
    if pattern not in patterns:
        known = ", ".join(patterns.slugs)
        return [
            Finding("error", "pattern", f"There is no pattern {pattern!r}; choose from {known}.")
        ]
    return []
