"""Rules about wording: what the write form says while a question is typed, said of a whole set."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping

from evaluation import among_others, lint, wording
from evaluation.check.finding import Remark, Rule, Severity
from evaluation.check.subject import Pair, Subject
from evaluation.findings import Draft
from evaluation.findings import Finding as Lint
from evaluation.question import is_blank

Linter = Callable[[Draft], Iterator[Lint]]

_COLUMNS = {"text": "Question", "option_a": "Options", "option_b": "Options"}


def by_linter(linter: Linter) -> Callable[[Subject], Iterator[Remark]]:
    """The rule that asks the live lint about every question."""

    def find(subject: Subject) -> Iterator[Remark]:
        for pair in subject.pairs:
            for said in linter(pair.draft):
                yield remark(subject, pair, said)

    return find


def remark(subject: Subject, pair: Pair, said: Lint, severity: Severity | None = None) -> Remark:
    """What the live lint says, with the place of the pair's first row and the fix in words."""
    fix = f"{said.fix.label}." if said.fix is not None else ""
    return subject.at_rows(
        said.message,
        pair.rows[:1],
        column=_COLUMNS.get(said.field),
        hint=fix,
        severity=severity,
    )


def others_of(subject: Subject) -> Mapping[str, among_others.OtherQuestion]:
    """Every pair's question as the live lint compares it, by the pair's name.

    Their ids are the pairs' own numbers, or where they have names their place.
    """
    numbered = all(pair.name.isascii() and pair.name.isdigit() for pair in subject.pairs)
    found = {}
    for place, pair in enumerate(subject.pairs, start=1):
        draft = pair.draft
        number = int(pair.name) if numbered else place
        found[pair.name] = among_others.OtherQuestion(
            number, draft.text, draft.option_a, draft.option_b
        )
    return found


def _repeated(subject: Subject) -> Iterator[Remark]:
    """Each pair against those before it, so that two alike are named once."""
    others = others_of(subject)
    names = {other.pair_id: name for name, other in others.items()}
    pairs = {pair.name: pair for pair in subject.pairs}
    before: list[among_others.OtherQuestion] = []
    for pair in subject.pairs:
        for said in among_others.repeated(pair.draft, before):
            other = pairs[names[said.pair_id]] if said.pair_id is not None else pair
            yield subject.at_rows(
                said.message, pair.rows[:1], column="Question", related=other.rows[:1]
            )
        before.append(others[pair.name])


def _yes_no_order(subject: Subject) -> Iterator[Remark]:
    usual = among_others.usual_order(list(others_of(subject).values()))
    for pair in subject.pairs:
        for said in among_others.yes_no_order(pair.draft, usual):
            yield remark(subject, pair, said)


def _same_options(subject: Subject) -> Iterator[Remark]:
    for pair in subject.pairs:
        a, b = (unicodedata.normalize("NFC", option.strip()) for _, _, option in pair.draft.options)
        if a == b and not is_blank(a):
            message = f"Both options are “{a}”."
            yield subject.at_rows(message, pair.rows[:1], column="Options")
        for said in lint.same_options(pair.draft):
            yield remark(subject, pair, said)


def _rule(
    code: str, title: str, linter: Linter, why: str, fix: str, severity: Severity = "advice"
) -> Rule:
    return Rule(code=code, title=title, severity=severity, why=why, fix=fix, find=by_linter(linter))


RULES: tuple[Rule, ...] = (
    _rule(
        "W401",
        "No question mark",
        wording.question_mark,
        "Seven questions of the published MMVP lack it too; models may go on writing the question.",
        "End the question with a question mark.",
    ),
    _rule(
        "W402",
        "Speaks of two images",
        wording.one_image_at_a_time,
        "A model sees one image at a time and cannot know of the other.",
        "Write it so that it can be answered from a single image.",
        "warning",
    ),
    _rule(
        "W403",
        "Long text",
        wording.lengths,
        "The longest question of the published MMVP has 113 characters.",
        "One short sentence; a few words an option.",
    ),
    _rule(
        "W404",
        "Spaces at the ends, or doubled",
        wording.spaces,
        "Clients that compare answers with the options' texts fail at them.",
        "Take them out.",
    ),
    _rule(
        "W406",
        "Double quotes",
        wording.quotes,
        "Copies of MMVP that were split by hand lost words at them.",
        "Use single quotes.",
    ),
    _rule(
        "W407",
        "One option stands in the question",
        wording.told_by_the_question,
        "It suggests an answer.",
        "Name both options in the question, or neither.",
    ),
    _rule(
        "W408",
        "Options that are almost the same",
        wording.alike,
        "People and models confuse them.",
        "Make the difference plain.",
    ),
    Rule(
        code="W411",
        title="Options that are the same",
        severity="error",
        why="Both answers are right, or neither; most clients compare without capitals and spaces.",
        fix="Make the options differ.",
        find=_same_options,
    ),
    Rule(
        code="W409",
        title="The same question in several pairs",
        severity="advice",
        why="Every question of the published MMVP is asked of one pair only. Alike is a rapidfuzz "
        "ratio of 92 or more.",
        fix="Say what is special in this pair.",
        find=_repeated,
    ),
    Rule(
        code="W410",
        title="Yes and no in another order than elsewhere",
        severity="advice",
        why="Readers learn the order, and slip where it changes.",
        fix="Swap the options and the keys.",
        find=_yes_no_order,
    ),
)
