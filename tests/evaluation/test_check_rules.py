"""Every rule of the checker: what sets it off, what does not, and that nothing else goes off."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.benchmark import ExportedImage
from evaluation.check import RULES, Finding, check
from evaluation.raw import FAULTS, Place, RawBenchmark, RawFault
from tests.evaluation.benchmark_examples import benchmark
from tests.evaluation.raw_examples import (
    TABLE,
    both,
    changed,
    clean,
    keyed,
    picture,
    raw_image,
    raw_row,
    statements,
)

Damage = Callable[[], RawBenchmark]
FAULT_OF = {
    "S101": "no-rows", "S102": "missing-column", "S103": "encoding", "S104": "blank-line",
    "S105": "quoting", "S106": "delimiter", "S107": "column-count", "S108": "number",
    "S109": "json", "S110": "document", "S111": "shard", "I311": "image-data",
    "I312": "image-reference", "I313": "image-path", "I314": "image-twice",
    "I315": "image-folder", "S199": "unheard-of",
}  # fmt: skip


def found_in(raw: RawBenchmark, *codes: str) -> list[Finding]:
    return list(check(raw, rules=codes or None).findings)


def codes_of(raw: RawBenchmark) -> set[str]:
    return {finding.code for finding in found_in(raw)}


def faulty(fault: str) -> RawBenchmark:
    place = Place(TABLE, line=4, row=3)
    return clean(faults=(RawFault(fault, "something is odd.", place, "Mend it."),))


def without(raw: RawBenchmark, *positions: int) -> RawBenchmark:
    kept = [row for at, row in enumerate(raw.rows, start=1) if at not in positions]
    return replace(raw, rows=tuple(kept))


def swapped(raw: RawBenchmark, one: int, other: int) -> RawBenchmark:
    rows = list(raw.rows)
    rows[one - 1], rows[other - 1] = rows[other - 1], rows[one - 1]
    return replace(raw, rows=tuple(rows))


def shifted(raw: RawBenchmark, by: int) -> RawBenchmark:
    rows = [replace(row, number=str(int(row.number or 0) + by)) for row in raw.rows]
    return replace(raw, rows=tuple(rows))


def options(raw: RawBenchmark, number: int, a: str, b: str) -> RawBenchmark:
    return both(raw, number, options=f"(a) {a} (b) {b}", option_a=a, option_b=b)


def tsv(**changes: object) -> RawBenchmark:
    """The same as VLMEvalKit has it: a column an option, keys A and B, numbered from 0."""
    raw = shifted(clean(), -1)
    rows = [
        replace(row, options=None, answer=(row.answer or "").strip("()").upper())
        for row in raw.rows
    ]
    columns = ("index", "question", "A", "B", "answer", "image")
    fields = {"format": "vlmevalkit", "rows": tuple(rows), "columns": columns, "table": None}
    return replace(raw, **{**fields, **changes})  # type: ignore[arg-type]


def patterned(raw: RawBenchmark, n: int) -> RawBenchmark:
    """The first n pairs are of one pattern, the others of another."""
    rows = [
        replace(row, pattern="color" if at < 2 * n else "state") for at, row in enumerate(raw.rows)
    ]
    return replace(raw, rows=tuple(rows))


def beside_document(key: str) -> RawBenchmark:
    """A table of three pairs beside their document, which says (b) in the first row."""
    document = benchmark()
    exported = [
        (
            ExportedImage(row=2 * at + 1, path=f"{at}/1.jpg", sha256="0" * 64),
            ExportedImage(row=2 * at + 2, path=f"{at}/2.jpg", sha256="0" * 64),
        )
        for at in range(len(document.pairs))
    ]
    rows = []
    for at, one in enumerate(document.pairs):
        asked = one.question
        texts = {"question": asked.text, "option_a": asked.option_a, "option_b": asked.option_b}
        for side, answer in enumerate((asked.answer_first, asked.answer_second), start=1):
            rows.append(raw_row(2 * at + side, at + 1, answer, **texts))
    raw = clean(rows=tuple(rows), document=document.with_exported(exported))
    return changed(raw, 1, answer=key)


def crowded() -> RawBenchmark:
    """Two pairs have taken one name."""
    raw = clean()
    named = [replace(row, pair=str(max(2, (at + 2) // 2))) for at, row in enumerate(raw.rows)]
    return replace(raw, rows=tuple(named))


HITS: dict[str, Damage] = {
    **{code: (lambda fault=fault: faulty(fault)) for code, fault in FAULT_OF.items()},  # type: ignore[misc]
    "S120": lambda: without(clean(), 5, 6),
    "S121": lambda: swapped(clean(), 3, 5),
    "S122": lambda: shifted(clean(), -1),
    "S123": lambda: without(clean(), 5),
    "S124": crowded,
    "S125": lambda: changed(clean(), 3, question="Which way does the grey heron look? "),
    "S126": lambda: changed(clean(), 3, option_a="Left"),
    "S127": lambda: both(clean(), 3, question=" \N{ZERO WIDTH SPACE}"),
    "S128": lambda: both(clean(), 3, options="Open or shut", option_a=None, option_b=None),
    "S129": lambda: beside_document("(a)"),
    "K201": lambda: changed(clean(), 3, answer="(a)"),
    "K202": lambda: changed(changed(clean(), 1, answer="A"), 2, answer="B"),
    "K203": lambda: keyed(clean(), "bbbbbbbbbbbb"),
    "K204": lambda: keyed(clean(), "aaaaaaaaaaab"),
    "K205": lambda: patterned(keyed(clean(24), "aaaaaaaaa" + "ababababbbbbbbb"), 9),
    "K206": lambda: replace(clean(), rows=tuple(replace(r, answer="(a)") for r in clean().rows)),
    "K207": lambda: mmvp_row_99("a", "b"),
    "K208": lambda: changed(clean(), 3, answer="Open"),
    "I301": lambda: changed(clean(), 3, image=None),
    "I302": lambda: clean(unnamed_images=(Path("bench/MMVP Images/25.jpg"),)),
    "I303": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(3)[:400])),
    "I304": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(4))),
    "I305": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(4, quality=80))),
    "I306": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(9))),
    "I307": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(9, quality=80))),
    "I308": lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(3, orientation=6))),
    "I309": lambda: changed(clean(), 3, image=raw_image("3.png", picture(3))),
    "I310": lambda: changed(clean(), 3, image=raw_image("7.jpg", picture(3))),
    "W401": lambda: both(clean(), 3, question="Are the apples in the bowl red or green"),
    "W402": lambda: both(clean(), 3, question="Which image has red apples?"),
    "W403": lambda: both(clean(), 3, question=f"Are the apples {'very ' * 25}ripe?"),
    "W404": lambda: both(clean(), 3, question=" Are the apples in the bowl red or green?"),
    "W406": lambda: both(clean(), 3, question='Is there a "bowl" of red or green apples?'),
    "W407": lambda: options(clean(), 3, "Red", "Yellow"),
    "W408": lambda: options(clean(), 4, "To the left", "to the left."),
    "W409": lambda: both(clean(), 3, question="Which way does a grey heron look?"),
    "W410": lambda: options(clean(), 8, "No", "Yes"),
    "W411": lambda: options(clean(), 4, "Two boats", "two  boats"),
    "C501": lambda: options(clean(), 4, "Two (large)", "Four"),
    "C502": lambda: options(clean(), 4, "None", "Four"),
    "C503": lambda: options(clean(), 4, "B. Two", "Four"),
    "C504": lambda: both(clean(), 3, question="Are the apples\tred or green?"),
    "C505": lambda: clean(columns=("Index", "Question", "Options", "Correct Answer")),
    "C507": lambda: tsv(table=Path("bench/ours.tsv")),
    "C508": lambda: tsv(columns=("index", "question", "hint", "A", "B", "answer", "image")),
    "C509": lambda: both(clean(), 3, question="=1+1 or 3, what is on the board?"),
    "B601": lambda: statements(text=lambda n: f"{'a boat' if n % 2 else 'no boats'} at pier {n}"),
    "B602": lambda: clean(36),
    "B603": lambda: longer_first(),
    "V701": lambda: without(statements(), 1, 2),
    "V702": lambda: statements(16),
    "V703": lambda: swapped(statements(), 1, 2),
    "V704": lambda: moved_block(),
    "V705": lambda: both(statements(), 1, pattern="Orientation and Direction"),
    "V706": lambda: changed(statements(), 1, statement="a boat at the pier " * 16),
    "V707": lambda: both(statements(), 1, statement="a boat"),
}  # fmt: skip


def mmvp_row_99(*letters: str, question: str = "") -> RawBenchmark:
    """Fifty pairs, the last of which asks what pair 50 of MMVP asks."""
    raw = clean(50)
    asked = question or "Does the elephant have long or short tusks?"
    for at, letter in enumerate(letters):
        raw = changed(raw, 99 + at, question=asked, answer=f"({letter})")
    return raw


def longer_first() -> RawBenchmark:
    """The right option is the longer one of every first image."""
    raw = clean()
    for number in range(1, 13):
        raw = options(raw, number, f"word{number} {number}", f"a longer text {number}")
    return keyed(raw, "b" * 12)


def moved_block() -> RawBenchmark:
    """The first two blocks have changed places, their rows numbered anew."""
    rows = statements().rows
    rows = (*rows[30:60], *rows[:30], *rows[60:])
    numbered = [replace(row, number=str(at)) for at, row in enumerate(rows, start=1)]
    return replace(statements(), rows=tuple(numbered))


def test_every_rule_has_a_hit_here() -> None:
    assert sorted(HITS) == sorted(RULES)


def test_every_fault_of_a_reader_has_a_rule_of_its_own() -> None:
    assert sorted(set(FAULT_OF.values()) - {"unheard-of"}) == sorted(FAULTS)


@pytest.mark.parametrize("code", HITS)
def test_a_rule_goes_off(code: str) -> None:
    found = found_in(HITS[code](), code)
    assert found
    for finding in found:
        assert finding.code == code
        assert finding.message.endswith((".", "”"))
        assert finding.hint
        assert finding.places
    # a rule's own severity is the gravest that it usually has; these differ where it says so
    expected = {RULES[code].severity, *{"C501": ("warning",), "I301": ("warning",)}.get(code, ())}
    assert {finding.severity for finding in found} <= expected


# What else a damage brings with it; everything else would be a false alarm.
ALSO = {
    "S122": {"I310"},
    "S123": {"S120"},
    "S125": {"W404"},
    "S129": {"K201", "W406"},
    "K203": {"B602"},
    "K204": {"B602"},
    "K205": {"W409"},
    "K207": {"B602", "W409"},
    "K206": {"K201", "B601", "B602", "B603"},
    "W402": {"W407"},
    "W411": {"W404"},
    "B601": {"B603"},
    "B602": {"W409"},
    "B603": {"B602", "K203"},
    "V701": {"S120", "V704"},
    "V702": {"V701", "V704"},
    "V703": {"S121"},
    "V705": {"V701"},
}


@pytest.mark.parametrize("code", HITS)
def test_a_damage_sets_off_its_own_rule_and_few_others(code: str) -> None:
    found = codes_of(HITS[code]())
    no_images = {"I301"} if code[0] == "V" or code == "B601" else set()
    assert found == {code} | ALSO.get(code, set()) | no_images


def no_first() -> RawBenchmark:
    """A set that has (a) No (b) Yes throughout."""
    raw = clean()
    for number in (8, 9, 12):
        raw = options(raw, number, "No", "Yes")
    return raw


NEAR_MISSES: list[tuple[str, Damage]] = [
    ("S101", lambda: clean(rows=(), faults=(RawFault("json", "No.", Place(TABLE)),))),
    ("S120", lambda: shifted(clean(), -1)),
    ("S121", lambda: without(clean(), 5, 6)),
    ("S122", tsv),
    ("S123", lambda: without(clean(), 5, 6)),
    ("S125", lambda: both(clean(), 3, question="Red apples? ")),
    ("S129", lambda: beside_document("(b)")),
    ("S129", lambda: beside_document("B")),
    ("K201", lambda: changed(clean(), 3, answer="Open")),
    ("K202", lambda: replace(tsv(), format="other")),
    ("K203", lambda: keyed(clean(4), "aaaa")),
    ("K203", lambda: keyed(clean(), "aaaaaaaaaaab")),
    ("K204", lambda: keyed(clean(), "aaaaaaaaabbb")),
    ("K204", lambda: keyed(clean(9), "aaaaaaaab")),
    ("K205", lambda: patterned(keyed(clean(24), "aaaa" + "ab" * 10), 4)),
    ("K206", lambda: keyed(clean(), "a" * 12)),
    ("K207", lambda: mmvp_row_99("a", "b", question="Is the elephant's trunk long or short?")),
    ("I301", tsv),
    ("I304", lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(4, quality=80)))),
    ("I305", lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(4)))),
    ("I306", lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(4)))),
    ("I307", lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(9)))),
    ("I308", lambda: changed(clean(), 3, image=raw_image("3.jpg", picture(3, orientation=1)))),
    ("I309", lambda: changed(clean(), 3, image=raw_image("3.JPEG", picture(3)))),
    ("I310", lambda: changed(clean(), 3, image=raw_image("barn door.jpg", picture(3)))),
    ("W402", lambda: both(clean(), 3, question="Are the apples left of the bowl red or green?")),
    ("W407", lambda: options(clean(), 3, "Red", "Green")),
    ("W408", lambda: options(clean(), 4, "3 boats", "4 boats")),
    ("W409", lambda: both(clean(), 3, question="Which way does the red apple roll?")),
    ("W410", no_first),
    ("C502", lambda: options(clean(), 4, "None at all", "Four")),
    ("C503", lambda: options(clean(), 4, "Banana", "Apple")),
    ("C507", clean),
    ("C508", lambda: clean(columns=("lndex", "Index", "hint"))),
    ("B602", lambda: keyed(clean(), "abbaababbaba")),
    ("V702", lambda: statements(1)),
    ("V706", lambda: changed(statements(), 1, statement="a boat " * 35)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "near"), NEAR_MISSES)
def test_a_rule_does_not_go_off(code: str, near: Damage) -> None:
    assert found_in(near(), code) == []


@pytest.mark.parametrize("code", [code for code in RULES if code[0] == "V"])
def test_a_sound_mmvp_vlm_has_no_findings_of_its_own(code: str) -> None:
    assert found_in(statements(), code) == []


def test_a_rule_is_graver_or_milder_where_a_client_breaks_or_does_not() -> None:
    (finding,) = found_in(options(tsv(), 4, "None", "Four"), "C502")
    assert finding.severity == "error"
    raw = tsv()
    rows = [replace(row, option_a="Two (large)", options=None) for row in raw.rows[6:8]]
    (finding,) = found_in(replace(raw, rows=(*raw.rows[:6], *rows, *raw.rows[8:])), "C501")
    assert finding.severity == "warning"
    (finding,) = found_in(tsv(columns=("Index", "question", "A", "B", "answer")), "C505")
    assert finding.severity == "error"
    (finding,) = found_in(mmvp_row_99("b", "a"), "K207")
    assert (finding.severity, finding.rows) == ("advice", (99, 100))
    (finding,) = found_in(options(clean(), 4, "Caf\u00e9", "Cafe\u0301"), "W411")
    assert finding.message == "Both options are “Caf\u00e9”."
    third = both(clean(), 3, options="(a) Red (b) Green (c) Blue", option_b="Green")
    (finding,) = found_in(third, "C503")
    assert (finding.severity, "(c)" in finding.message) == ("error", True)


def test_findings_say_where_and_which_pair() -> None:
    (finding,) = found_in(changed(clean(), 6, answer="(a)"), "K201")
    assert [str(place) for place in finding.places] == [
        f"{TABLE}, line 6, row 5, column Correct Answer",
        f"{TABLE}, line 7, row 6, column Correct Answer",
    ]
    assert (finding.pairs, finding.rows) == (("3",), (5, 6))
    (finding,) = found_in(HITS["I306"](), "I306")
    assert finding.pairs == ("2", "5")
    assert [place.row for place in (*finding.places, *finding.related)] == [3, 9]


def test_a_few_huge_numbers_do_not_make_a_list_of_all_between() -> None:
    raw = changed(clean(), 24, number="999999999")
    (finding,) = found_in(raw, "S120")
    assert "and 999,999,967 more" in finding.message


@pytest.mark.parametrize(
    "raw", [clean(), tsv(), clean(format="other", columns=())], ids=["mmvp", "vlmevalkit", "other"]
)
def test_a_clean_benchmark_has_no_findings(raw: RawBenchmark) -> None:
    report = check(raw)
    assert report.findings == ()
    assert (report.n_rows, report.n_pairs, report.n_images) == (24, 12, 24)
    assert len(report.baselines) == 7
