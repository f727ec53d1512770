"""The scan of folders: identity, order, what is known already, thumbnails, cancelling."""

import hashlib
import os
import shutil
from pathlib import Path

import imagehash
import pytest
from PIL import Image

from embeddings.errors import EmbeddingsError
from embeddings.images import load_upright
from embeddings.scan import KnownFile, ScannedImage, SkippedImage, scan
from tests.embeddings.pictures import encoded, far, noise, quarters, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    for number in range(6):
        write(photos / f"{number}.png", encoded(noise(number), "PNG"))
    exif = Image.Exif()
    exif[0x0112] = 6
    write(photos / "sub" / "turned.jpg", encoded(quarters(48, 32), "JPEG", exif=exif))
    return photos


def images(folder: Path, **options: object) -> list[ScannedImage]:
    found = list(scan(folder, **options))
    assert all(isinstance(item, ScannedImage) for item in found)
    return found


def known(found: list[ScannedImage]) -> dict[Path, KnownFile]:
    fields = KnownFile.__dataclass_fields__
    return {
        item.path: KnownFile(**{name: getattr(item, name) for name in fields}) for item in found
    }


def test_what_is_recorded_of_an_image(folder: Path) -> None:
    turned = images(folder)[-1]
    path = folder / "sub" / "turned.jpg"
    assert turned.path == path
    assert turned.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (turned.width, turned.height, turned.format) == (32, 48, "JPEG")
    assert turned.size_bytes == path.stat().st_size
    assert turned.mtime_ns == path.stat().st_mtime_ns
    upright_hash = imagehash.phash(load_upright(path))
    assert f"{turned.perceptual_hash:016x}" == str(upright_hash)
    assert (turned.caption, turned.label, turned.group, turned.metadata) == (None, None, None, {})


def test_the_order_is_that_of_the_paths_however_many_work(folder: Path) -> None:
    one = images(folder, workers=1)
    assert [item.path for item in one] == sorted(path for path in folder.rglob("*.*"))
    assert images(folder, workers=4) == one
    assert all(item.path.is_absolute() for item in one)


def test_a_relative_folder_gives_absolute_paths(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert images(Path("photos")) == images(folder)
    assert images(Path("photos/../photos")) == images(folder)


def test_exact_duplicates_share_their_hash(folder: Path) -> None:
    shutil.copy(folder / "0.png", folder / "copy of 0.png")
    by_name = {item.path.name: item.sha256 for item in images(folder)}
    assert by_name["0.png"] == by_name["copy of 0.png"]
    assert len(set(by_name.values())) == len(by_name) - 1


def test_the_same_picture_in_another_size_has_a_near_perceptual_hash(tmp_path: Path) -> None:
    write(tmp_path / "a.png", encoded(noise(1, 400, 300), "PNG"))
    write(tmp_path / "b.jpg", encoded(noise(1, 400, 300).resize((200, 150)), "JPEG"))
    write(tmp_path / "c.png", encoded(noise(2, 400, 300), "PNG"))
    first, same, other = (item.perceptual_hash for item in images(tmp_path))
    assert (first ^ same).bit_count() <= 4
    assert (first ^ other).bit_count() > 10
    assert all(0 <= value < 2**64 for value in (first, same, other))


def test_an_unchanged_file_is_not_read_again(folder: Path) -> None:
    before = images(folder)
    target = folder / "3.png"
    status = target.stat()
    target.write_bytes(bytes(status.st_size))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert images(folder, known=known(before)) == before
    assert any(isinstance(item, SkippedImage) for item in scan(folder))


def test_a_changed_file_is_read_again(folder: Path) -> None:
    before = images(folder)
    write(folder / "3.png", encoded(noise(99), "PNG"))
    after = images(folder, known=known(before))
    changed = [item.path.name for item, old in zip(after, before, strict=True) if item != old]
    assert changed == ["3.png"]
    assert after[3].sha256 == hashlib.sha256((folder / "3.png").read_bytes()).hexdigest()


def test_a_known_file_over_a_new_limit_is_skipped(folder: Path) -> None:
    before = images(folder)
    assert {item.reason for item in scan(folder, known=known(before), max_pixels=100)} == {
        "too large"
    }


def test_thumbnails_are_written_where_asked_and_mended(folder: Path, tmp_path: Path) -> None:
    def thumbnails(sha256: str) -> Path:
        return tmp_path / "thumbnails" / sha256[:2] / f"{sha256}.jpg"

    found = images(folder, thumbnails=thumbnails)
    for item in found:
        thumbnail = Image.open(thumbnails(item.sha256))
        assert thumbnail.format == "JPEG"
        assert thumbnail.size == (item.width, item.height)
        assert (
            far(thumbnail.convert("RGB").resize((4, 4)), load_upright(item.path).resize((4, 4)))
            < 30
        )
    written = [path for path in (tmp_path / "thumbnails").rglob("*") if path.is_file()]
    assert len(written) == len(found)
    # A lost thumbnail, or one that a power cut left empty, is made again even of a known file.
    thumbnails(found[0].sha256).unlink()
    thumbnails(found[1].sha256).write_bytes(b"")
    kept = thumbnails(found[2].sha256).stat().st_mtime_ns
    assert images(folder, thumbnails=thumbnails, known=known(found)) == found
    assert all(thumbnails(item.sha256).stat().st_size > 0 for item in found)
    assert thumbnails(found[2].sha256).stat().st_mtime_ns == kept


def test_excluded_folders_are_not_walked(folder: Path) -> None:
    assert {item.path.parent.name for item in images(folder, exclude=[folder / "sub"])} == {
        "photos"
    }


def test_links_are_followed_once(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "linked.png", encoded(noise(50), "PNG"))
    (folder / "a link").symlink_to(tmp_path / "elsewhere")
    (folder / "another link").symlink_to(tmp_path / "elsewhere")
    (folder / "one file.png").symlink_to(tmp_path / "elsewhere" / "linked.png")
    names = [item.path.relative_to(folder).as_posix() for item in images(folder)]
    assert [name for name in names if "link" in name or "file" in name] == [
        "a link/linked.png",
        "one file.png",
    ]


def test_progress_counts_every_file(folder: Path) -> None:
    write(folder / "notes.txt", b"no image")
    seen: list[tuple[int, int]] = []
    list(scan(folder, progress=lambda done, total: seen.append((done, total))))
    assert seen == [(done, 8) for done in range(1, 9)]


def test_progress_can_stop_the_scan(folder: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    found: list[object] = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(scan(folder, progress=stop))
    assert len(found) == 2


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert list(scan(tmp_path)) == []


def test_a_source_that_is_neither_folder_nor_manifest(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingsError, match="no such folder"):
        list(scan(tmp_path / "absent"))
    with pytest.raises(EmbeddingsError, match="neither a folder nor a manifest"):
        list(scan(write(tmp_path / "a.png", encoded(noise(1), "PNG"))))
