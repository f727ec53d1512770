"""Finding images by what is written about them, against a plain search in Python."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.database import Database
from db.images import FoundFile, list_images, record_scan
from db.search import find_images, sample_images

SOURCE = Path("/photos of Ann/summer")
WRITTEN = [
    ("100% wool_sock.jpg", "a red sock", "clothes", "g1", {"colour": "Rot"}),
    ("100 wool sock.jpg", "two red socks", "clothes", "g1", {"colour": "blau"}),
    ("back\\slash.png", None, None, None, {}),
    ("sub/folder/café.png", "Ein Bär im Café", "bear", None, {"note": "ÉTÉ 2020", "n": "7"}),
    (unicodedata.normalize("NFD", "naïve.png"), "Straße", None, "Gruppe Ä", {"x": "a'b\"c"}),
    ("plain.jpg", "REDwood", "tree", "g2", {"colour": "%"}),
]


def file(number: int, name: str, said: tuple) -> FoundFile:
    caption, label, group, extra = said
    return FoundFile(
        path=SOURCE / name,
        sha256=f"{number:064x}",
        width=4,
        height=4,
        format="PNG",
        size_bytes=1,
        mtime_ns=1,
        perceptual_hash=number,
        caption=caption,
        label=label,
        group=group,
        metadata=extra,
    )


@pytest.fixture
def filled(database: Database) -> Database:
    files = [file(n, name, tuple(said)) for n, (name, *said) in enumerate(WRITTEN)]
    record_scan(database, SOURCE, files, complete=True)
    return database


def names(database: Database, text: str) -> list[str]:
    return [image.file_name for image in find_images(database, text)]


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def by_hand(text: str) -> list[str]:
    words = [plain(word) for word in text.split()]
    if not words:
        return []
    found = []
    for name, caption, label, group, extra in WRITTEN:
        texts = [plain(each) for each in (name, caption, label, group, *extra.values()) if each]
        if all(any(word in each for each in texts) for word in words):
            found.append(Path(name).name)
    return found


@pytest.mark.parametrize(
    "text",
    [
        *("red", "RED sock", "sock red", "g1", "rot", "7", "clothes blau", "bear café", "CAFÉ"),
        *("été", "bär", "naïve", "strasse", "ä", "folder", "a'b\"c", "nothing of it", "", "   "),
        *("100%", "%", "_", "wool_sock", "wool sock", "\\", "back\\", "'; drop table image; --"),
        unicodedata.normalize("NFD", "café"),
    ],
)
def test_it_finds_what_a_plain_search_finds(filled: Database, text: str) -> None:
    expected = by_hand(text) if text != "strasse" else []  # ß is found as ß
    assert names(filled, text) == expected


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet="%_\\ red1a'\"éÉäß*?[]", max_size=6))
def test_no_character_is_special(filled: Database, text: str) -> None:
    if "ß" not in text and "ss" not in text:
        assert names(filled, text) == by_hand(text)


def test_the_folder_that_was_indexed_finds_nothing(filled: Database) -> None:
    assert names(filled, "photos") == []
    assert names(filled, "summer") == []
    assert names(filled, str(SOURCE)) == []


def test_words_may_stand_at_different_files_of_one_image(filled: Database) -> None:
    again = file(0, "copies/else.jpg", tuple(WRITTEN[0][1:]))
    record_scan(filled, SOURCE, [again], complete=False)
    found = find_images(filled, "copies wool_sock")
    assert [image.sha256 for image in found] == [again.sha256]


def test_vanished_images_are_not_found(filled: Database) -> None:
    record_scan(filled, SOURCE, [], complete=True)
    assert names(filled, "red") == []
    assert sample_images(filled, 5) == []


def test_many_are_found_in_the_order_of_their_ids(database: Database) -> None:
    files = [file(n, f"many {n}.png", ("c", None, None, {})) for n in range(1200)]
    record_scan(database, SOURCE, files, complete=True)
    found = find_images(database, "many")
    assert [image.id for image in found] == [image.id for image in list_images(database)]


def test_a_sample_is_the_same_every_time(filled: Database) -> None:
    sample = sample_images(filled, 3)
    assert [image.sha256 for image in sample] == [f"{n:064x}" for n in range(3)]
    assert sample_images(filled, 99)[:3] == sample
    assert len(sample_images(filled, 99)) == len(WRITTEN)
