"""The checker on files as programs have them, whole and damaged: from the bytes to the findings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.check import Report, check
from evaluation.errors import UnreadableBenchmark
from evaluation.readers import read
from tests.evaluation.benchmark_files import WRITERS
from tests.evaluation.raw_examples import ASKED

# What the three pairs of `benchmark_files` are made to have, in every format that asks questions.
ODD = {"W401", "W406", "C502"}
OF_FORMAT = {
    "mmvp": {*ODD, "C505"},
    "vlmevalkit": {*ODD, "C507"},
    "mmvp-vlm": {"V701", "V702", "V704"},
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_that_is_read_is_checked(name: str, tmp_path: Path) -> None:
    form, write = WRITERS[name]
    report = check(read(write(tmp_path / "bench")))
    assert (report.format, report.n_rows, report.n_pairs, report.n_images) == (form, 6, 3, 6)
    assert {finding.code for finding in report.findings} == OF_FORMAT.get(form, ODD)


def table() -> list[str]:
    lines = ["lndex,Question,Options,Correct Answer,Index"]
    for pair, (question, a, b) in enumerate(ASKED):
        for side, letter in enumerate("ab" if pair % 2 else "ba", start=1):
            number = 2 * pair + side
            lines.append(f"{number},{question},(a) {a} (b) {b},({letter}),{number}")
    return lines


def checked(folder: Path, content: bytes) -> Report:
    folder.mkdir(exist_ok=True)
    (folder / "Questions.csv").write_bytes(content)
    return check(read(folder))


Change = Callable[[list[str], int], list[str]]
DAMAGES: dict[str, tuple[Change, set[str]]] = {
    "a line is lost": (lambda lines, k: [*lines[:k], *lines[k + 1 :]], {"S120", "S123"}),
    "a line comes twice": (lambda lines, k: [*lines[:k], *lines[k:][:1], *lines[k:]], {"S120"}),
    "two lines change places": (
        lambda lines, k: [*lines[: k - 1], lines[k], lines[k - 1], *lines[k + 1 :]],
        {"S121"},
    ),
    "a key is turned": (
        lambda lines, k: [
            *lines[:k],
            lines[k].replace(",(a),", ",(x),")
            .replace(",(b),", ",(a),").replace(",(x),", ",(b),"),
            *lines[k + 1 :],
        ],
        {"K201"},
    ),
    "a question ends in a space": (
        lambda lines, k: [*lines[:k], lines[k].replace("?,", "? ,"), *lines[k + 1 :]],
        {"S125"},
    ),
    "a blank line": (lambda lines, k: [*lines[:k], "", *lines[k:]], {"S104"}),
    "a value too many": (lambda lines, k: [*lines[:k], lines[k] + ",x", *lines[k + 1 :]], {"S107"}),
    "quotes that are not doubled": (
        lambda lines, k: [*lines[:k], lines[k].replace(",", ',"so "it" is ', 1), *lines[k + 1 :]],
        {"S105"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGES)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(line=st.integers(2, 24))
def test_a_damage_is_found_wherever_it_is(what: str, line: int, tmp_path: Path) -> None:
    change, expected = DAMAGES[what]
    lines = change(table(), line)
    report = checked(tmp_path / "bench", "\n".join([*lines, ""]).encode())
    found = {finding.code for finding in report.findings}
    assert found & expected


def test_other_encodings_are_found(tmp_path: Path) -> None:
    text = "\n".join([*table(), ""]).replace("barn", "cabañ")
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        report = checked(tmp_path / "bench", text.encode(encoding))
        assert "S103" in {finding.code for finding in report.findings}
        assert report.n_rows == 24


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.integers(0, 1600),
    length=st.integers(0, 200),
    put=st.binary(max_size=12) | st.sampled_from([b'"', b"\n", b"\t", b"\0", b",,", b"\xff\xfe"]),
)
def test_no_damage_ends_in_a_trace(start: int, length: int, put: bytes, tmp_path: Path) -> None:
    whole = "\n".join([*table(), ""]).encode()
    damaged = whole[:start] + put + whole[start + length :]
    try:
        report = checked(tmp_path / "bench", damaged)
    except UnreadableBenchmark:
        return
    assert report.n_rows >= 0
