"""The Imported page over HTTP: what came in, the pair at a row, and what an admin sends."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.server import create_app
from annotator.studio import Studio
from db.imported import list_imports
from tests.annotator.people import logged_in, open_shared
from tests.annotator.test_importing import everything
from tests.importable import exported, mmvp_folder


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path) as opened:
        yield opened


def packed(folder: Path, *, inside: str = "", **more: bytes) -> bytes:
    """A zip of a folder, below the folder ``inside``, with more members by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, inside + path.relative_to(folder).as_posix())
        for name, content in more.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: TestClient, file_name: str, content: bytes, **query: str) -> Any:  # noqa: ANN401
    return client.post("/api/imported", params={"file_name": file_name, **query}, content=content)


def test_an_admin_sends_a_zip_and_everybody_finds_its_rows(studio: Studio, tmp_path: Path) -> None:
    app = create_app(studio)
    ada, ann = logged_in(app, "Ada"), logged_in(app, "Ann")
    content = packed(mmvp_folder(tmp_path / "MMVP", n_pairs=4), inside="MMVP/", __MACOSX=b"")
    answer = send(ada, "MMVP.zip", content, kept_as="to-verify")
    assert answer.status_code == 201, answer.text
    assert answer.json()["n_pairs"] == 4
    assert send(ann, "MMVP.zip", content).status_code == 403
    (found,) = ann.get("/api/imported").json()["imports"]
    assert (found["name"], found["kept_as"], found["n_pairs"]) == ("MMVP", "to-verify", 4)
    pairs = ann.get("/api/imported/pairs", params={"name": "MMVP"}).json()["pairs"]
    assert [pair["rows"] for pair in pairs] == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert "answer" not in json.dumps(pairs)
    row = ann.get("/api/imported/row", params={"row": 7}).json()
    assert row["pair_id"] == pairs[3]["pair_id"]
    review = ann.get("/api/review", params={"pair": row["pair_id"]}).json()
    assert review["pair"]["origin"]["rows"] == [7, 8]
    assert ann.get("/api/imported/row", params={"row": 9, "name": "MMVP"}).status_code == 404
    assert ann.get("/api/imported/pairs", params={"name": "x"}).status_code == 404


def test_a_document_alone_is_refused_without_its_images(studio: Studio, tmp_path: Path) -> None:
    ada = logged_in(create_app(studio), "Ada")
    document = (exported(tmp_path / "own") / "benchmark.json").read_bytes()
    before = everything(studio)
    answer = send(ada, "benchmark.json", document)
    assert answer.status_code == 422
    assert "image is missing" in answer.json()["message"]
    assert "/tmp" not in answer.json()["message"]
    assert everything(studio) == before
    again = send(ada, "own.zip", packed(tmp_path / "own"), name="Ours")
    assert again.json()["name"] == "Ours"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"../evil.txt": b"x"}, "no plain file"),
        ({"/etc/evil": b"x"}, "no plain file"),
        ({"a\\b": b"x"}, "no plain file"),
        ({"Questions.csv": b"Index"}, "twice"),
    ],
)
def test_a_zip_that_leads_out_of_its_folder_is_refused(
    studio: Studio, tmp_path: Path, more: dict[str, bytes], said: str
) -> None:
    ada = logged_in(create_app(studio), "Ada")
    content = packed(mmvp_folder(tmp_path / "MMVP"), **more)
    before = everything(studio)
    answer = send(ada, "MMVP.zip", content)
    assert (answer.status_code, said in answer.json()["message"]) == (422, True)
    assert everything(studio) == before
    assert list_imports(studio.database) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\xff\xfe\x00"])
def test_bytes_that_are_no_benchmark_are_refused_in_words(studio: Studio, content: bytes) -> None:
    ada = logged_in(create_app(studio), "Ada")
    for name in ("a.zip", "a.tsv", "a.parquet", "../.."):
        answer = send(ada, name, content)
        assert answer.status_code == 422, (name, answer.text)
        assert answer.json()["message"]
