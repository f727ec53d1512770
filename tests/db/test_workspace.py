"""The workspace folder."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from db.workspace import Workspace


def test_paths_are_inside_the_root() -> None:
    workspace = Workspace(Path("/ws"))
    assert workspace.thumbnail("ab" + "0" * 62) == Path(f"/ws/thumbnails/ab/ab{'0' * 62}.jpg")
    assert workspace.store("tiny") == Path("/ws/embeddings/tiny")
    assert workspace.layout_versions("tiny", "huge") == Path("/ws/layouts/tiny__huge")


def test_a_relative_root_does_not_depend_on_a_later_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workspace = Workspace(Path("ws"))
    monkeypatch.chdir("/")
    assert workspace.root == tmp_path / "ws"


def test_create_makes_what_is_missing_and_keeps_the_rest(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws")
    assert not workspace.exists()
    assert workspace.create().exists()
    workspace.thumbnail("f" * 64).parent.mkdir()
    assert workspace.create().thumbnail("f" * 64).parent.is_dir()


@pytest.mark.parametrize("name", ["a b", "a?b", "100%", "a#b", "ü\n", "x@y:z"])
def test_the_database_url_names_the_file_whatever_the_folder_is_called(
    tmp_path: Path, name: str
) -> None:
    workspace = Workspace(tmp_path / name)
    assert make_url(workspace.database_url).database == str(workspace.database_path)
