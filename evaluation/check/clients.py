"""Rules about what breaks particular clients, each named: their code was read or run for this."""

import hashlib
import re
from collections.abc import Callable, Iterator

from evaluation import lint, wording
from evaluation.check.finding import Remark, Rule, Severity
from evaluation.check.subject import Subject
from evaluation.check.wording import remark
from evaluation.question import unwritable_character
from evaluation.spreadsheets import is_formula

_OTHER_LETTER = re.compile(r"(?<!\w)\(\s*[c-h]\s*\)", re.IGNORECASE)
# VLMEvalKit's entry for the published table; only its beginning is known to us.
_OFFICIAL_MD5 = "8cb732b1"
_TSV = "vlmevalkit"


def _parentheses(subject: Subject) -> Iterator[Remark]:
    """Harmless as long as the options have columns of their own."""
    apart = all(row.raw.options is None for row in subject.rows)
    severity: Severity | None = "warning" if apart else None
    for pair in subject.pairs:
        for said in lint.parentheses(pair.draft):
            yield remark(subject, pair, said, severity)


def _missing_values(subject: Subject) -> Iterator[Remark]:
    severity: Severity | None = "error" if subject.raw.format == _TSV else None
    for pair in subject.pairs:
        for said in wording.missing_values(pair.draft):
            yield remark(subject, pair, said, severity)


def _letters(subject: Subject) -> Iterator[Remark]:
    for pair in subject.pairs:
        for said in wording.letters(pair.draft):
            yield remark(subject, pair, said)
        more = _OTHER_LETTER.search(pair.rows[0].raw.options or "")
        if more:
            yield subject.at_rows(
                f"The options go on with {more[0]}; a pair has two options, (a) and (b).",
                pair.rows[:1],
                column="Options",
                severity="error",
            )


def _one_line(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        raw = row.raw
        parts = {
            "The question": raw.question,
            "Option a": raw.option_a,
            "Option b": raw.option_b,
            "The statement": raw.statement,
        }
        for name, text in parts.items():
            unwritable = unwritable_character(text or "")
            if unwritable:
                yield subject.at_rows(f"{name} contains {unwritable}.", [row])


def _header(subject: Subject) -> Iterator[Remark]:
    columns = set(subject.raw.columns)
    if subject.raw.format == "mmvp" and columns and not {"Index", "lndex"} <= columns:
        has = next((name for name in ("Index", "lndex") if name in columns), None)
        missing = "Index" if has == "lndex" else "lndex"
        who = "InternVL (KeyError)" if missing == "lndex" else "lmms-eval and readers by name"
        if has is not None:
            yield subject.at_top(
                f"The numbers stand under {has!r} only; {who} looks for {missing!r}.",
                hint="Write the columns lndex, Question, Options, Correct Answer, Index.",
            )
    if subject.raw.format == _TSV and columns and "index" not in columns:
        yield subject.at_top(
            "There is no column 'index' in lower case; VLMEvalKit raises KeyError.",
            hint="Name the columns index, question, A, B, answer, image.",
            severity="error",
        )


def _hint(subject: Subject) -> Iterator[Remark]:
    if subject.raw.format == _TSV and "hint" in subject.raw.columns:
        yield subject.at_top(
            "There is a column 'hint', whose text VLMEvalKit puts into the prompt."
        )


def _tsv_name(subject: Subject) -> Iterator[Remark]:
    table = subject.raw.table
    if subject.raw.format != _TSV or table is None:
        return
    if table.stem != "MMVP":
        yield subject.at_top(
            f"Named {table.name!r} the table is scored without pairs.",
            hint="Name it MMVP.tsv, and set DATASET_MD5['MMVP'] in VLMEvalKit to its MD5.",
        )
        return
    try:
        digest = hashlib.md5(table.read_bytes(), usedforsecurity=False).hexdigest()
    except OSError:
        return
    if not digest.startswith(_OFFICIAL_MD5):
        yield subject.at_top(
            f"MMVP.tsv is not the published one (MD5 {digest}).",
            hint=f"Set DATASET_MD5['MMVP'] in vlmeval/dataset/image_mcq.py to '{digest}'.",
        )


def _formula(subject: Subject) -> Iterator[Remark]:
    for pair in subject.pairs:
        question = pair.draft.text
        if is_formula(question):
            yield subject.at_rows(
                f"The question begins with “{question[0]}”, so a spreadsheet program computes it.",
                pair.rows[:1],
                column="Question",
            )


def _rule(
    code: str,
    title: str,
    severity: Severity,
    find: Callable[[Subject], Iterator[Remark]],
    why: str,
    fix: str,
) -> Rule:
    return Rule(code=code, title=title, severity=severity, why=why, fix=fix, find=find)


RULES: tuple[Rule, ...] = (
    _rule(
        "C501",
        "Parentheses in an option",
        "error",
        _parentheses,
        "Cambrian splits the options at every opening parenthesis; others at (a) and (b). A "
        "warning where each option has a column of its own (VLMEvalKit).",
        "Write the option without parentheses.",
    ),
    _rule(
        "C502",
        "A text that is read as a missing value",
        "warning",
        _missing_values,
        "VLMEvalKit loads its table with pandas, which reads None, NA, null and the like as "
        "nothing: the option disappears and the pair fails. An error in a TSV.",
        "Use other words: None at all, Not applicable.",
    ),
    _rule(
        "C503",
        "A letter in a text",
        "warning",
        _letters,
        "Clients add the letters (a) and (b), A and B; the regular expressions of lmms-eval and "
        "VLMEvalKit take another one for the answer. An error for a third option.",
        "Take the letter out.",
    ),
    _rule(
        "C504",
        "Line breaks, tabs, invisible characters",
        "error",
        _one_line,
        "A tab ends the value in the TSV of VLMEvalKit, a line break the row in readers that go by "
        "lines; what nobody sees, no model writes.",
        "Write one plain line.",
    ),
    _rule(
        "C505",
        "Spelling of the number's column",
        "advice",
        _header,
        "The published file has been served as `Index` and as `lndex` (lower-case L): InternVL "
        "needs the one, lmms-eval the other. In the TSV of VLMEvalKit it is `index`; another "
        "spelling there is an error.",
        "Have both: lndex, Question, Options, Correct Answer, Index.",
    ),
    _rule(
        "C507",
        "Name and MD5 of the TSV",
        "advice",
        _tsv_name,
        "VLMEvalKit reports pair accuracy for the name MMVP only, and downloads the published "
        "table over a file of that name whose MD5 it does not know.",
        "Name it MMVP.tsv and enter its MD5 in VLMEvalKit before the first run.",
    ),
    _rule(
        "C508",
        "Hints in the prompt",
        "advice",
        _hint,
        "What stands in `hint` is asked along with the question.",
        "Remove the column, unless that is meant.",
    ),
    _rule(
        "C509",
        "Question that a spreadsheet computes",
        "advice",
        _formula,
        "A text that begins with =, +, - or @ is a formula to a spreadsheet program, which "
        "replaces it and saves the result.",
        "Rewrite the question, or keep the table away from spreadsheets.",
    ),
)
