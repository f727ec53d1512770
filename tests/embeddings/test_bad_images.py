"""A folder of broken and odd files: each is read or reported with a reason, and the run goes on."""

import json
import os
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from embeddings.images import UnreadableImage, export_jpeg, load_upright, viewer_bytes
from embeddings.scan import ScannedImage, SkippedImage, scan
from tests.embeddings.pictures import encoded, noise, write

ROOT = Path(__file__).parents[2]
JPEG = encoded(noise(1, 200, 150), "JPEG", quality=90)
PNG = encoded(noise(2, 200, 150), "PNG")
GIF = encoded(noise(3, 200, 150), "GIF")
WEBP = encoded(noise(4, 200, 150), "WEBP")
BMP = encoded(noise(5, 200, 150), "BMP")
TIFF = encoded(noise(6, 200, 150), "TIFF")
LZW = encoded(noise(6, 200, 150), "TIFF", compression="tiff_lzw")


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_bomb() -> bytes:
    """A few hundred bytes that claim to be 60,000 pixels wide and high."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(bytes(9999)))
        + chunk(b"IEND", b"")
    )


BAD = {
    "zero.jpg": (b"", {"empty"}),
    "half.jpg": (half(JPEG), {"truncated"}),
    "padded with zeros.jpg": (half(JPEG).ljust(len(JPEG), b"\0"), {"truncated"}),
    "only a header.jpg": (JPEG[:300], {"truncated", "unreadable"}),
    "half.png": (half(PNG), {"truncated"}),
    "half.gif": (half(GIF), {"truncated", "unreadable"}),
    "half.webp": (half(WEBP), {"truncated", "unreadable"}),
    "half.bmp": (half(BMP), {"truncated"}),
    "half.tif": (half(TIFF), {"truncated", "unreadable"}),
    "half lzw.tif": (half(LZW), {"truncated", "unreadable"}),
    "flipped bits.png": (PNG[:80] + bytes(40) + PNG[120:], {"unreadable", "truncated"}),
    "bomb.png": (png_bomb(), {"too large"}),
    "text.jpg": (b"this is not a photograph\n" * 20, {"not an image"}),
    "page.html": (b"<!doctype html><title>404</title>", {"not an image"}),
    "notes.txt": (b"buy milk", {"not an image"}),
    "archive.zip": (b"PK\x03\x04" + bytes(100), {"not an image"}),
    "random.png": (bytes(range(256)) * 8, {"not an image"}),
    "magic only.png": (b"\x89PNG\r\n\x1a\n", {"truncated", "unreadable"}),
    "magic only.webp": (b"RIFF\x10\0\0\0WEBPVP8 ", {"truncated", "unreadable"}),
    "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(64), {"unsupported"}),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"unsupported"}),
}

# Odd, but images all the same.
ODD = {
    "a photo with spaces.jpg": JPEG,
    "über 日本語 🦊.png": PNG,
    "new\nline.gif": GIF,
    "-rf.webp": WEBP,
    "quote'\"$(x);.bmp": BMP,
    "no suffix": TIFF,
    "a jpeg by name only.jpg": PNG,
    "UPPER.JPG": encoded(noise(7), "JPEG"),
    "one pixel.png": encoded(noise(8).resize((1, 1)), "PNG"),
    "thin.png": encoded(noise(9, 1000, 5).resize((4000, 1)), "PNG"),
    "rubbish behind.jpg": encoded(noise(10), "JPEG") + b"trailing bytes \xff\xd8\xff",
    "deep/er/and/deeper.png": encoded(noise(11), "PNG"),
}


@pytest.fixture(params=sorted(BAD))
def bad_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write(tmp_path / request.param, BAD[request.param][0])


@pytest.fixture(autouse=True)
def _pillow_may_warn() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def test_a_bad_file_is_refused_by_every_way_in(bad_file: Path) -> None:
    expected = BAD[bad_file.name][1]
    for look in (load_upright, viewer_bytes, export_jpeg):
        with pytest.raises(UnreadableImage) as caught:
            look(bad_file)
        assert caught.value.reason in expected
        assert str(bad_file) in str(caught.value)
        assert caught.value.detail


@pytest.mark.parametrize("cut", range(5, 100, 5))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "LZW"])
def test_no_cut_file_is_taken_for_a_whole_one(name: str, cut: int, tmp_path: Path) -> None:
    content: bytes = globals()[name]
    path = write(tmp_path / "cut", content[: len(content) * cut // 100])
    with pytest.raises(UnreadableImage):
        load_upright(path)


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "folder.jpg").mkdir()
    reasons = {}
    for name in ("pipe.jpg", "link.jpg", "folder.jpg", "absent.jpg"):
        with pytest.raises(UnreadableImage) as caught:
            load_upright(tmp_path / name)
        reasons[name] = caught.value.reason
    assert reasons == {
        "pipe.jpg": "not an image",
        "link.jpg": "missing",
        "folder.jpg": "unreadable",
        "absent.jpg": "missing",
    }


@pytest.fixture
def messy_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name, (content, _) in BAD.items():
        write(folder / name, content)
    for name, content in ODD.items():
        write(folder / name, content)
    os.mkfifo(folder / "pipe.png")
    (folder / "dangling.png").symlink_to("nowhere.png")
    (folder / "round and round").symlink_to(folder)
    (folder / "deep" / "up").symlink_to(folder / "deep")
    write(folder / ".hidden.jpg", JPEG)
    write(folder / ".cache" / "a.jpg", JPEG)
    return folder


def test_the_scan_reads_the_odd_and_reports_the_bad(messy_folder: Path) -> None:
    found = list(scan(messy_folder))
    images = {
        item.path.relative_to(messy_folder).as_posix()
        for item in found
        if isinstance(item, ScannedImage)
    }
    assert images == set(ODD)
    skipped = {item.path.name: item for item in found if isinstance(item, SkippedImage)}
    assert set(skipped) == {*BAD, "pipe.png", "dangling.png"}
    for name, (_, reasons) in BAD.items():
        assert skipped[name].reason in reasons
        assert skipped[name].detail
    assert skipped["dangling.png"].reason == "missing"
    assert [item.path for item in found] == sorted(item.path for item in found)


def test_a_name_that_is_not_utf8_is_reported_readably(tmp_path: Path) -> None:
    write(tmp_path / "photos" / os.fsdecode(b"caf\xe9.jpg"), JPEG)
    write(tmp_path / "photos" / "good.jpg", JPEG)
    skipped, image = scan(tmp_path / "photos")
    assert isinstance(skipped, SkippedImage)
    assert isinstance(image, ScannedImage)
    assert (skipped.path.name, skipped.reason) == ("caf\\xe9.jpg", "unsupported")
    str(skipped.path).encode()


# Root reads everything by two capabilities; without them the file modes hold for root as well.
AS_AN_ORDINARY_USER = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
)
SCAN = """
import json, sys
from pathlib import Path
from embeddings.scan import scan
found = scan(Path(sys.argv[1]))
print(json.dumps({item.path.name: getattr(item, "reason", "image") for item in found}))
"""


def scan_as_an_ordinary_user(folder: Path) -> dict[str, str]:
    command = [*AS_AN_ORDINARY_USER, sys.executable, "-c", SCAN, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    reasons: dict[str, str] = json.loads(done.stdout)
    return reasons


def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "secret.jpg", JPEG).chmod(0)
    write(tmp_path / "photos" / "open.jpg", JPEG)
    write(tmp_path / "photos" / "closed" / "a.jpg", JPEG)
    (tmp_path / "photos" / "closed").chmod(0)
    reasons = scan_as_an_ordinary_user(tmp_path / "photos")
    (tmp_path / "photos" / "closed").chmod(0o755)
    assert reasons == {"secret.jpg": "unreadable", "closed": "unreadable", "open.jpg": "image"}


def test_a_folder_that_may_not_be_written_is_only_read(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    write(photos / "a.jpg", JPEG).chmod(0o444)
    photos.chmod(0o555)
    reasons = scan_as_an_ordinary_user(photos)
    photos.chmod(0o755)
    assert reasons == {"a.jpg": "image"}
    assert [path.name for path in photos.iterdir()] == ["a.jpg"]


def test_a_picture_over_the_limit_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path / "small.png", encoded(noise(1, 40, 30), "PNG"))
    write(tmp_path / "large.png", encoded(Image.new("RGB", (100, 100)), "PNG"))
    large, small = scan(tmp_path, max_pixels=2000)
    assert isinstance(large, SkippedImage)
    assert large.reason == "too large"
    assert "100 x 100" in large.detail
    assert isinstance(small, ScannedImage)
