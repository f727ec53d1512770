"""Whatever benchmark is exported: the checker finds no error in the folder."""

import hashlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from evaluation.benchmark import Benchmark
from evaluation.check import check
from evaluation.formats import FORMATS, ExportOptions, export
from evaluation.patterns import load_patterns
from evaluation.readers import read
from tests.evaluation.benchmark_examples import benchmark, benchmarks, pair

# What --partial says before: that evaluate_vlm.py cannot do with fewer than nine times 15 pairs.
TOLD = {"mmvp-vlm": {"V701", "V702", "V704"}}


def picture(sha256: str) -> bytes:
    """A JPEG unlike any other: noise from the hash."""
    noise = hashlib.shake_256(sha256.encode()).digest(9 * 8)
    file = io.BytesIO()
    Image.frombytes("L", (9, 8), noise).resize((36, 32)).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(made=benchmarks(min_pairs=1, max_pairs=6))
def test_the_checker_finds_no_error_in_an_export(name: str, made: Benchmark) -> None:
    assert errors_of(made, name) <= TOLD.get(name, set())


def test_nor_in_a_complete_one_for_encoders() -> None:
    slugs = load_patterns("mmvp").slugs
    pairs = [
        pair(number, pattern=slugs[number % 9], statement_first=f"{number} ducks",
             statement_second=f"{number} geese")
        for number in range(1, 136)
    ]  # fmt: skip
    assert errors_of(benchmark(*pairs), "mmvp-vlm") == set()


def errors_of(made: Benchmark, name: str) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        options = ExportOptions(partial=True)
        written = export(made, name, out, image_bytes=picture, options=options)
        report = check(read(out))
        assert report.n_pairs == written.n_pairs
        return {one.code for one in report.findings if one.severity == "error"}
