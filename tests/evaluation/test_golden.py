"""Every format writes what ``golden/`` shows; golden_files.py says how to write that anew."""

from pathlib import Path

import pytest

from evaluation.formats import FORMATS
from tests.evaluation.golden_files import GOLDEN, exported, golden_of


@pytest.fixture(name="mmvp", scope="module")
def as_mmvp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported("mmvp", tmp_path_factory.mktemp("golden") / "mmvp")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_writes_what_it_wrote_before(name: str, mmvp: Path, tmp_path: Path) -> None:
    folder = exported(name, tmp_path / name)
    found = golden_of(folder, None if name == "mmvp" else mmvp)
    stored = GOLDEN / name
    names = {path.relative_to(stored).as_posix() for path in stored.rglob("*") if path.is_file()}
    assert names == found.keys()
    for path in sorted(names):
        assert found[path].decode() == (stored / path).read_text(encoding="utf-8"), path


def test_golden_has_no_format_that_is_gone() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {*FORMATS, "images"}
