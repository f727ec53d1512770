"""Backups: one file that is whole or absent, checked before anything of the target is touched."""

import json
import os
import shutil
import stat
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.archive import DATABASE, MANIFEST, may_hold
from annotator.backup import back_up
from annotator.importing import store
from annotator.incoming import read_incoming
from annotator.restoring import Restored, restore
from annotator.settings import Settings
from annotator.studio import Studio
from db.annotations import decide, write_question
from db.history import events
from db.images import list_images
from db.lifecycle import Decision
from db.pairs import list_cards
from tests.annotator.people import id_of, open_shared
from tests.annotator.tiny_studio import Mmvp
from tests.db.test_copies import all_rows
from tests.importable import exported

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    str.strip
)


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path) as opened:
        vectors = opened.workspace.store("tiny")
        vectors.mkdir()
        (vectors / "manifest.json").write_text("{}")
        (vectors / "shard-000000.npz").write_bytes(os.urandom(3000))
        (vectors / ".lock").touch()
        (opened.workspace.root / "encoders.json").write_text("{}")
        yield opened


def restored(archive: Path, root: Path, *, force: bool = False) -> Restored:
    return restore(archive, Settings(workspace=root), force=force, progress=silent)


def write_one(studio: Studio, text: str = "Is the door on the left or right?") -> None:
    pair = list_cards(studio.database)[0]
    ann, version = id_of(studio, "Ann"), pair.version
    if pair.state == "unreviewed":
        decide(studio.database, pair.id, version=0, annotator_id=ann, decision=Decision.accept)
        version = 1
    write_question(
        studio.database,
        pair.id,
        version=version,
        annotator_id=ann,
        text=text,
        option_a=f"{text} a",
        option_b=f"{text} b",
        answer_first="a",
        answer_second="b",
        pattern="state",
        note=text,
    )


def test_a_backup_holds_what_cannot_be_made_again(studio: Studio, tmp_path: Path) -> None:
    small = back_up(studio, progress=silent)
    assert small.path.parent == studio.workspace.backups
    assert stat.S_IMODE(small.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(small.path) as archive:
        names = set(archive.namelist())
    assert names == {MANIFEST, DATABASE, "encoders.json", "embeddings/tiny/manifest.json"}
    whole = back_up(studio, tmp_path / "whole.zip", embeddings=True, progress=silent)
    with zipfile.ZipFile(whole.path) as archive:
        assert set(archive.namelist()) - names == {"embeddings/tiny/shard-000000.npz"}
        assert b"secret" not in b"".join(name.encode() for name in archive.namelist())
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_what_is_restored_is_what_was(studio: Studio, tmp_path: Path) -> None:
    write_one(studio)
    before = all_rows(studio.database)
    archive = back_up(studio, embeddings=True, progress=silent).path
    write_one(studio, "Something else?")
    done = restored(archive, tmp_path / "new" / "place")
    assert (done.kept_folder, done.n_annotations) == (None, 1)
    with Studio.open(done.workspace, Settings(), create=False) as again:
        assert all_rows(again.database) == before
        shards = [s.workspace.store("tiny") / "shard-000000.npz" for s in (studio, again)]
        assert shards[0].read_bytes() == shards[1].read_bytes()


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=WORDS)
def test_any_words_come_back(studio: Studio, tmp_path: Path, text: str) -> None:
    write_one(studio, text)
    archive = back_up(studio, tmp_path / "any.zip", force=True, progress=silent).path
    done = restored(archive, tmp_path / "any", force=True)
    with Studio.open(done.workspace, Settings()) as again:
        assert all_rows(again.database) == all_rows(studio.database)
    if done.kept_folder:
        shutil.rmtree(done.kept_folder)


def test_people_work_while_it_is_made(studio: Studio, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            write_one(studio)

    write_one(studio)
    worker = threading.Thread(target=work)
    worker.start()
    try:
        reports = [back_up(studio, tmp_path / f"{n}.zip", progress=silent) for n in range(3)]
    finally:
        stop.set()
        worker.join(30)
    history = [event.id for event in events(studio.database, limit=100_000)]
    n_restored: list[int] = []
    for report in reports:
        done = restored(report.path, tmp_path / report.path.stem)
        with Studio.open(done.workspace, Settings()) as again:
            kept = [event.id for event in events(again.database, limit=100_000)]
            assert kept == history[len(history) - len(kept) :]
            pair = list_cards(again.database)[0]
            assert events(again.database, pair_id=pair.id)[0].data["version"] == pair.version
            n_restored.append(len(kept))
    assert n_restored == sorted(n_restored)
    assert n_restored[0] < len(history), "nobody worked meanwhile"


def test_a_workspace_is_never_overwritten(studio: Studio, mmvp: Mmvp, tmp_path: Path) -> None:
    root = studio.workspace.root
    archive = back_up(studio, progress=silent).path
    write_one(studio)
    thumbnail = studio.workspace.thumbnail("ab" * 32)
    thumbnail.parent.mkdir(parents=True)
    thumbnail.write_bytes(b"small")
    (root / ".session-secret").write_text("x" * 40)
    before = all_rows(studio.database)
    refused = mmvp("restore", archive, "-w", root)
    assert (refused.code, "--force" in refused.err) == (1, True)
    refused = mmvp("restore", archive, "-w", root, "--force")  # the studio is open
    assert (refused.code, "Stop the server" in " ".join(refused.err.split())) == (1, True)
    assert all_rows(studio.database) == before
    studio.database.close()
    done = mmvp("restore", archive, "-w", root, "--force", "--json").json
    with Studio.open(Path(done["kept_folder"]), Settings()) as old:
        assert all_rows(old.database) == before
    with Studio.open(root, Settings()) as again:
        assert all_rows(again.database)["annotation"] == []
        assert again.workspace.thumbnail("ab" * 32).read_bytes() == b"small"
        assert again.workspace.store("tiny").joinpath("shard-000000.npz").is_file()
        assert archive.is_file()  # still in backups/
    assert not (root / ".session-secret").exists()


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A copy of an archive with some members changed."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return target


def flip(members: dict[str, bytes]) -> None:
    content = bytearray(members[DATABASE])
    content[5000] ^= 1
    members[DATABASE] = bytes(content)


def in_manifest(change: Callable[[dict[str, object]], object]) -> Callable[..., None]:
    def apply(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        change(manifest)
        members[MANIFEST] = json.dumps(manifest).encode()

    return apply


def with_file(name: str) -> Callable[[dict[str, bytes]], None]:
    """An archive that brings one more file, properly named in its manifest."""

    def apply(members: dict[str, bytes]) -> None:
        members[name] = b""
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        in_manifest(lambda m: m["files"].update({name: {"sha256": empty, "size": 0}}))(members)  # type: ignore[attr-defined]

    return apply


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (flip, "not what was backed up"),
        (lambda members: members.update({DATABASE: members[DATABASE][:-1]}), "not what was"),
        (lambda members: members.update({DATABASE: members[DATABASE] + b"x"}), "not what was"),
        (lambda members: members.pop("encoders.json"), "does not hold the files"),
        (lambda members: members.pop(MANIFEST), "not a backup of MMVP Studio"),
        (lambda members: members.update({"more.txt": b"x"}), "does not hold the files"),
        (lambda members: members.update({MANIFEST: b"{}"}), "not one that this version reads"),
        (in_manifest(lambda m: m.update(format=2)), "not one that this version reads"),
        (in_manifest(lambda m: m.update(events_digest="0")), "rows and the history"),
        (in_manifest(lambda m: m["rows"].update(annotation=7)), "rows and the history"),  # type: ignore[attr-defined]
        (with_file("../evil.txt"), "no backup has"),
        (with_file("embeddings/../../evil.txt"), "no backup has"),
        (with_file("/etc/evil"), "no backup has"),
        (with_file("embeddings\\..\\evil"), "no backup has"),
        (with_file(".session-secret"), "no backup has"),
        (with_file("embeddings/.hidden/x"), "no backup has"),
        (with_file("thumbnails/x.webp"), "no backup has"),
    ],
)
def test_an_archive_that_was_changed_is_refused_before_anything_is_touched(
    studio: Studio, tmp_path: Path, change: Callable[..., object], told: str
) -> None:
    archive = back_up(studio, tmp_path / "good.zip", progress=silent).path
    bad = rewritten(archive, change)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Exception, match=told) as refused:
        restored(bad, tmp_path / "new" / "ws")
    assert type(refused.value).__name__ == "BrokenArchive"
    assert not (tmp_path / "new" / "ws").exists()
    assert [p for p in sorted(tmp_path.rglob("*")) if p.name != "new"] == before
    restored(rewritten(archive, lambda _: None), tmp_path / "new" / "ws")


def test_an_archive_that_is_cut_off_anywhere_is_refused(studio: Studio, tmp_path: Path) -> None:
    content = back_up(studio, tmp_path / "good.zip", progress=silent).path.read_bytes()
    bad = tmp_path / "bad.zip"
    for length in (0, 10, len(content) // 3, len(content) - 30, len(content) - 1):
        bad.write_bytes(content[:length])
        with pytest.raises(Exception, match=r"cut off|damaged|not a backup"):
            restored(bad, tmp_path / "ws")
    for position in range(200, len(content) - 200, max(1, len(content) // 12)):
        bad.write_bytes(content[:position] + b"\0\xff" * 8 + content[position + 16 :])
        with pytest.raises(Exception, match=r"damaged|not what|does not hold|reads|no backup"):
            restored(bad, tmp_path / "ws")
    assert not (tmp_path / "ws").exists()


def test_a_backup_is_there_whole_or_not_at_all(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(studio, tmp_path / "x.zip", progress=fail)
    assert not list(tmp_path.glob("*x.zip*"))
    (tmp_path / "x.zip").write_text("mine")
    with pytest.raises(Exception, match="--force"):
        back_up(studio, tmp_path / "x.zip", progress=silent)
    assert (tmp_path / "x.zip").read_text() == "mine"
    with pytest.raises(Exception, match="no such folder"):
        back_up(studio, tmp_path / "none" / "x.zip", progress=silent)


def test_an_older_backup_is_upgraded(studio: Studio, tmp_path: Path) -> None:
    """As `mmvp backup` of an earlier version would have written it."""
    import sqlite3

    from db.copies import check_copy

    archive = back_up(studio, tmp_path / "new.zip", progress=silent).path
    stored = Path(sys.modules[__name__].__file__ or "").parents[1] / "db" / "versions" / "0003.sql"
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.executescript(stored.read_text(encoding="utf-8"))
    connection.close()
    contents = check_copy(old)

    def make_old(members: dict[str, bytes]) -> None:
        import hashlib

        members[DATABASE] = old.read_bytes()
        member = {
            "sha256": hashlib.sha256(members[DATABASE]).hexdigest(),
            "size": len(members[DATABASE]),
        }
        told = {
            "revision": "0003",
            "rows": contents.rows,
            "events_digest": contents.events_digest,
        }
        in_manifest(lambda m: (m.update(told), m["files"].update({DATABASE: member})))(members)  # type: ignore[attr-defined]

    done = restored(rewritten(archive, make_old), tmp_path / "ws")
    with Studio.open(done.workspace, Settings()) as again:
        assert list_cards(again.database)[0].state == "complete"


@given(name=st.text(max_size=30))
def test_no_name_leads_out_of_the_workspace(name: str) -> None:
    for wanted in (name, f"embeddings/{name}", f"layouts/a/{name}"):
        if may_hold(wanted):
            inside = Path(os.path.normpath(f"/ws/{wanted}"))
            assert inside.is_relative_to("/ws")
            assert not any(part.startswith(".") for part in inside.parts)


def test_a_backup_may_be_named_from_where_one_is(studio: Studio, tmp_path: Path) -> None:
    report = back_up(studio, Path("here.zip"), progress=silent)
    assert (tmp_path / "here.zip").stat().st_size == report.n_bytes


def test_imported_images_are_read_from_where_the_backup_was_restored(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "ws") as studio:
        store(studio, read_incoming(exported(tmp_path / "before")))
        archive = back_up(studio, tmp_path / "b.zip", progress=silent).path
    restored(archive, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "ws")
    with Studio.open(tmp_path / "elsewhere") as studio:
        paths = [one.path for one in list_images(studio.database)]
        assert len(paths) == 6
        assert all(path and path.is_file() for path in paths)
