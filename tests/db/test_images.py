"""Scans: new, moved, vanished, duplicate and changed files."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.database import Database
from db.history import events
from db.images import (
    FoundFile,
    ScanSummary,
    get_image,
    image_labels,
    image_metadata,
    known_files,
    list_images,
    perceptual_hashes,
    record_scan,
)
from db.migrate import open_database
from tests.db.seeding import found_file

PHOTOS = Path("/photos")


def scan(
    database: Database, contents: dict[str, int], *, complete: bool = True, source: Path = PHOTOS
) -> ScanSummary:
    """Record files by name under the source, each with the content a number stands for."""
    found = [found_file(str(source / name), number) for name, number in contents.items()]
    return record_scan(database, source, found, complete=complete)


def names(database: Database) -> dict[str, str]:
    """The listed images: hash to file name."""
    return {str(int(image.sha256, 16)): image.file_name for image in list_images(database)}


def test_a_second_scan_of_the_same_files_changes_nothing(database: Database) -> None:
    assert scan(database, {"a": 1, "b": 2}) == ScanSummary(2, 0, 0, 0, 0, 2)
    before = known_files(database)
    assert scan(database, {"a": 1, "b": 2}) == ScanSummary(0, 0, 0, 2, 0, 2)
    assert known_files(database) == before


def test_exact_duplicates_are_one_image(database: Database) -> None:
    summary = scan(database, {"b": 1, "a": 1, "c": 2})
    assert summary == ScanSummary(2, 0, 0, 0, 1, 2)
    assert names(database) == {"1": "a", "2": "c"}
    assert [str(file.path) for file in known_files(database)] == [
        "/photos/a",
        "/photos/b",
        "/photos/c",
    ]


def test_a_moved_file_is_the_same_image(database: Database) -> None:
    scan(database, {"a": 1, "b": 2})
    image_id = list_images(database)[0].id
    assert scan(database, {"sub/a": 1, "b": 2}) == ScanSummary(0, 1, 0, 1, 0, 2)
    image = get_image(database, image_id)
    assert image is not None
    assert image.path == PHOTOS / "sub/a"


def test_a_vanished_file_keeps_its_image_and_comes_back(database: Database) -> None:
    scan(database, {"a": 1, "b": 2})
    assert scan(database, {"b": 2}) == ScanSummary(0, 0, 1, 1, 0, 1)
    gone = get_image(database, 1)
    assert gone is not None
    assert (gone.path, gone.file_name) == (None, "a")
    assert names(database) == {"2": "b"}
    assert set(perceptual_hashes(database)) == {f"{n:064x}" for n in (1, 2)}
    assert scan(database, {"a": 1, "b": 2}) == ScanSummary(0, 0, 0, 2, 0, 2)
    assert names(database) == {"1": "a", "2": "b"}


def test_a_lost_copy_is_no_vanished_image(database: Database) -> None:
    scan(database, {"a": 1, "b": 1})
    assert scan(database, {"b": 1}) == ScanSummary(0, 0, 0, 1, 0, 1)
    assert names(database) == {"1": "b"}


def test_a_path_whose_content_changed_points_to_the_new_image(database: Database) -> None:
    scan(database, {"a": 1})
    assert scan(database, {"a": 7}) == ScanSummary(1, 0, 1, 0, 0, 1)
    assert names(database) == {"7": "a"}
    assert get_image(database, 1) is not None


def test_an_incomplete_scan_loses_nothing(database: Database) -> None:
    scan(database, {"a": 1, "b": 2})
    assert scan(database, {"c": 3}, complete=False) == ScanSummary(1, 0, 0, 0, 0, 3)
    assert names(database) == {"1": "a", "2": "b", "3": "c"}


def test_only_paths_of_the_scanned_source_vanish(database: Database) -> None:
    scan(database, {"a": 1})
    scan(database, {"b": 2}, source=Path("/other"))
    scan(database, {"x": 3}, source=Path("/photos2"))
    assert scan(database, {}, source=Path("/other")).n_vanished == 1
    assert names(database) == {"1": "a", "3": "x"}


def test_a_folder_inside_a_scanned_one_may_be_scanned_alone(database: Database) -> None:
    scan(database, {"2023/a": 1, "2024/b": 2})
    assert scan(database, {}, source=PHOTOS / "2023").n_vanished == 1
    assert names(database) == {"2": "b"}


def test_a_manifest_that_drops_a_file_does_not_take_it_from_the_folder(database: Database) -> None:
    manifest = Path("/lists/photos.csv")
    scan(database, {"a": 1})
    record_scan(database, manifest, [found_file("/photos/a", 1)], complete=True)
    record_scan(database, manifest, [], complete=True)
    assert names(database) == {"1": "a"}


def test_what_a_manifest_says_stays_until_it_says_otherwise(database: Database) -> None:
    told = {"caption": "a dog", "label": "dog", "group": "g", "metadata": {"angle": "low"}}
    record_scan(database, PHOTOS, [found_file("/photos/a", 1, **told)], complete=True)
    scan(database, {"a": 1})
    image = list_images(database)[0]
    assert (image.caption, image.label, image.group) == ("a dog", "dog", "g")
    assert image_metadata(database, image.id) == {"angle": "low"}
    record_scan(database, PHOTOS, [found_file("/photos/a", 1, caption="a cat")], complete=True)
    image = list_images(database)[0]
    assert (image.caption, image.label) == ("a cat", "dog")


def test_the_first_of_several_copies_speaks_for_the_image(database: Database) -> None:
    found = [
        found_file("/photos/c", 1),
        found_file("/photos/b", 1, caption="first"),
        found_file("/photos/a", 1, caption="second", label="dog"),
        found_file("/photos/b", 2, caption="the same path again"),
    ]
    assert record_scan(database, PHOTOS, found, complete=True).n_duplicates == 2
    (image,) = list_images(database)
    assert (image.caption, image.label) == ("first", "dog")


def test_known_files_are_what_was_recorded(database: Database) -> None:
    odd = "/photos/-new\nline \N{SNOWMAN}.png"
    file = found_file(odd, 3, caption="c", label="l", group="g", metadata={"k": "v"})
    record_scan(database, PHOTOS, [file], complete=True)
    assert known_files(database) == [file]
    assert list_images(database)[0].path == Path(odd)


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_perceptual_hashes_are_unsigned_64_bit(database: Database, value: int) -> None:
    file = replace(found_file("/photos/a", 1), perceptual_hash=value)
    record_scan(database, PHOTOS, [file], complete=True)
    assert perceptual_hashes(database) == {file.sha256: value}
    assert known_files(database)[0].perceptual_hash == value


def test_missing_images(database: Database) -> None:
    assert get_image(database, 99) is None
    assert image_metadata(database, 99) == {}


def test_each_scan_is_one_event(database: Database) -> None:
    scan(database, {"a": 1})
    scan(database, {})
    newest, oldest = events(database)
    assert (newest.kind, newest.data["n_vanished"], oldest.data["n_new"]) == ("scan", 1, 1)
    assert newest.data["source"] == "/photos"


FOLDERS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4))


@settings(max_examples=20, deadline=None)
@given(st.lists(FOLDERS, min_size=1, max_size=5))
def test_scans_agree_with_the_folder_they_saw(
    tmp_path_factory: pytest.TempPathFactory, empty_file: Path, folders: list[dict[str, int]]
) -> None:
    path = shutil.copy(empty_file, tmp_path_factory.mktemp("scans"))
    database = open_database(f"sqlite:///{path}")
    ever: set[int] = set()
    for folder in folders:
        summary = scan(database, folder)
        listed = {int(image.sha256, 16): image for image in list_images(database)}
        assert set(listed) == set(folder.values())
        assert all(folder[image.file_name] == number for number, image in listed.items())
        new = set(folder.values()) - ever
        ever |= new
        assert summary.n_new == len(new)
        assert summary.n_new + summary.n_moved + summary.n_unchanged == len(listed)
        assert summary.n_images == len(listed)
        assert summary.n_duplicates == len(folder) - len(listed)
        assert len(perceptual_hashes(database)) == len(ever)
        present: list[FoundFile] = [
            file for file in known_files(database) if file.path.name in folder
        ]
        assert {file.path.name: int(file.sha256, 16) for file in present} == folder
    database.close()


def test_labels_are_those_of_the_listed_images(database: Database) -> None:
    files = [found_file(f"/photos/{n}.png", n % 4, label="dog" * (n % 2) or None) for n in range(6)]
    record_scan(database, PHOTOS, files, complete=True)
    record_scan(database, PHOTOS, files[1:], complete=True)
    record_scan(database, PHOTOS, files[2:3] + files[4:], complete=True)
    listed = [(image.id, image.sha256, image.label) for image in list_images(database)]
    assert [(one.id, one.sha256, one.label) for one in image_labels(database)] == listed
    assert [label for _, _, label in listed] == [None, "dog", None]
