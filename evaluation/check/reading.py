"""Rules about what readers stumble over: every fault of `evaluation.raw.FAULTS` has its rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from evaluation.check.finding import Remark, Rule, Severity
from evaluation.check.subject import Subject
from evaluation.raw import RawFault


def _told(fault: str) -> Callable[[Subject], Iterator[Remark]]:
    """The rule that passes on what a reader has found under this code."""
    return lambda subject: _passed_on(
        subject, [one for one in subject.raw.faults if one.code == fault]
    )


def _passed_on(subject: Subject, faults: Iterable[RawFault]) -> Iterator[Remark]:
    rows = {(row.raw.place.file, row.raw.place.row): row for row in subject.rows}
    for one in faults:
        row = rows.get((one.place.file, one.place.row))
        yield Remark(
            message=one.message[:1].upper() + one.message[1:],
            places=(one.place,),
            pairs=(subject.pair_of(row).name,) if row else (),
            rows=(row.position,) if row else (),
            hint=one.hint,
        )


def _numbers(subject: Subject) -> Iterator[Remark]:
    """Not those that only stand in another place: other rules say that once for all rows."""
    faults = [one for one in subject.raw.faults if one.code == "number"]
    return _passed_on(subject, [one for one in faults if one.stops or one.place.row is None])


def _nothing(subject: Subject) -> Iterator[Remark]:
    yield from _told("no-rows")(subject)
    if not subject.rows and not subject.raw.faults:
        yield subject.at_top("There is no question in it.")


def _other(subject: Subject) -> Iterator[Remark]:
    return _passed_on(subject, [one for one in subject.raw.faults if one.code not in BY_FAULT])


def _fault(
    code: str, fault: str, title: str, why: str, fix: str, severity: Severity = "error"
) -> tuple[str, Rule]:
    find = {"no-rows": _nothing, "number": _numbers}.get(fault) or _told(fault)
    return fault, Rule(code=code, title=title, severity=severity, why=why, fix=fix, find=find)


BY_FAULT: Mapping[str, Rule] = dict(
    (
        _fault(
            "S101",
            "no-rows",
            "Nothing to check",
            "Without rows there is no benchmark; `evaluate_vlm.py` divides by zero.",
            "Check that it is the right file.",
        ),
        _fault(
            "S102",
            "missing-column",
            "A column is missing",
            "Clients read columns by name (KeyError) or by place (wrong texts).",
            "Add the column, spelt as the message says.",
        ),
        _fault(
            "S103",
            "encoding",
            "Not plain UTF-8",
            "A byte order mark becomes a part of the first column's name or of its first number: "
            "Cambrian's `int(row[0])` fails. Other encodings lose letters.",
            "Save the file as UTF-8 without a byte order mark.",
        ),
        _fault(
            "S104",
            "blank-line",
            "Blank line",
            "Cambrian reads the first value of every line (IndexError); readers by line count "
            "one row too many.",
            "Remove the line.",
        ),
        _fault(
            "S105",
            "quoting",
            "Damaged quotes",
            "Readers of CSV return damaged texts without an error; a copy of MMVP in circulation "
            "has six such rows (9, 10, 61, 62, 129, 130).",
            "Put the whole text in quotes and write every quote inside it twice.",
        ),
        _fault(
            "S106",
            "delimiter",
            "Values separated in another way",
            "Clients name the delimiter in their code: commas in CSV, tabs in TSV.",
            "Save the table with the delimiter of its format.",
        ),
        _fault(
            "S107",
            "column-count",
            "More or fewer values than columns",
            "Texts slip into the wrong column, or the reader stops.",
            "Quote texts that contain the delimiter; fill in what is missing.",
        ),
        _fault(
            "S108",
            "number",
            "The row's number cannot be used",
            "lmms-eval pairs rows by their number and fails on text (TypeError) or puts rows "
            "without one into a pair of their own.",
            "Number the rows 1, 2, 3, … with whole numbers.",
        ),
        _fault(
            "S109",
            "json",
            "Not the JSON that is expected",
            "A line that is not JSON stops every reader.",
            "Write one object a line, or one document.",
        ),
        _fault(
            "S110",
            "document",
            "benchmark.json breaks its own rules",
            "The document beside the table cannot be imported or scored by MMVP Studio.",
            "Correct the document, or export it again.",
        ),
        _fault(
            "S111",
            "shard",
            "A part cannot be read",
            "The benchmark is spread over several files, and one is damaged.",
            "Fetch or write that file again.",
        ),
        _fault(
            "I311",
            "image-data",
            "Image text that is no image",
            "VLMEvalKit decodes the column `image` from base-64 and fails on this row.",
            "Write the whole image file as base-64.",
        ),
        _fault(
            "I312",
            "image-reference",
            "Reference to an image that is not there",
            "VLMEvalKit takes an `image` of 64 characters or fewer for the index of another row.",
            "Name a row that has an image, or write the image itself.",
        ),
        _fault(
            "I313",
            "image-path",
            "Image path out of the folder",
            "The image is not there on another machine, and a program may refuse to read it.",
            "Put the image into the benchmark's folder and name it relative to that.",
        ),
        _fault(
            "I314",
            "image-twice",
            "Two images for one row",
            "Programs choose by file name or ending, not all of them the same one.",
            "Remove the wrong one.",
            "warning",
        ),
        _fault(
            "I315",
            "image-folder",
            "Image folder of another name",
            "Clients have the folder's name in their code, most of them `MMVP Images`.",
            "Rename the folder.",
            "warning",
        ),
    )
)

RULES: tuple[Rule, ...] = (
    *BY_FAULT.values(),
    Rule(
        code="S199",
        title="Something else that cannot be read",
        severity="error",
        why="A part of the file could not be read as it was meant.",
        fix="See the message.",
        find=_other,
    ),
)
