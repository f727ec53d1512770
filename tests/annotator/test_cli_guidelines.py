"""`mmvp guidelines` and `mmvp patterns`, as a person would call them."""

from pathlib import Path

import pytest

from annotator.guidelines import shipped_text
from tests.annotator.people import open_shared
from tests.annotator.tiny_studio import Mmvp


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a few pairs."""
    open_shared(tmp_path).close()
    return tmp_path / "workspace"


def test_the_guidelines_are_shown_and_set(mmvp: Mmvp, root: Path, tmp_path: Path) -> None:
    assert mmvp("guidelines", "show", "-w", root).out == shipped_text()
    file = tmp_path / "ours.md"
    file.write_bytes("\ufeff# Ours\r\n".encode())
    done = mmvp("guidelines", "set", file, "-w", root)
    assert (done.code, done.out) == (0, "Saved as version 1.\n")
    assert mmvp("guidelines", "show", "-w", root).out == "# Ours\n"
    assert mmvp("guidelines", "show", "--version", 0, "-w", root).out == shipped_text()
    assert mmvp("guidelines", "show", "-w", root, "--json").json["by"] == "command line"
    missing = mmvp("guidelines", "show", "--version", 7, "-w", root)
    assert (missing.code, "no version 7" in missing.err) == (1, True)
    file.write_bytes(b"\xff\xfe\x00")
    assert mmvp("guidelines", "set", file, "-w", root).code == 1


def test_a_set_of_patterns_is_made(mmvp: Mmvp, root: Path) -> None:
    new = ("--name", "Reflections", "--definition", "What a mirror shows.")
    assert mmvp("patterns", "add", "mirrors", *new, "-w", root).code == 0
    again = mmvp("patterns", "add", "mirrors", *new, "-w", root)
    assert (again.code, "already" in again.err) == (1, True)
    assert mmvp("patterns", "rename", "mirrors", "--name", "Mirrors", "-w", root).code == 0
    assert mmvp("patterns", "rename", "mirrors", "-w", root).code == 2
    assert mmvp("patterns", "merge", "color", "mirrors", "-w", root).code == 0
    assert mmvp("patterns", "retire", "text", "-w", root).code == 0
    found = mmvp("patterns", "list", "-w", root, "--json").json["patterns"]
    assert {one["slug"]: one["status"] for one in found if one["status"] != "in use"} == {
        "color": "merged",
        "text": "retired",
    }
    shown = mmvp("patterns", "list", "-w", root).out
    assert "Mirrors" in shown
    assert "merged into mirrors" in shown
    assert mmvp("patterns", "restore", "color", "-w", root).code == 0
    refused = mmvp("patterns", "retire", "nose", "-w", root)
    assert (refused.code, "no such visual pattern" in refused.err) == (1, True)
