"""Which encoders a page may choose, and the vectors it compares."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from annotator.errors import AppError
from annotator.spaces import VectorShelf, chosen_roles, embedded_encoders
from annotator.studio import Studio
from db.images import list_images, record_scan
from embeddings.encoder import EncoderSpec
from embeddings.store import EmbeddingStore, StoreManifest
from tests.annotator.tiny_studio import Mmvp, Specs


@pytest.fixture
def studio(workspace: Path) -> Studio:
    return Studio.open(workspace)


def slug(spec: str) -> str:
    return EncoderSpec.parse(spec).slug


def test_all_encoders_with_readable_vectors_are_listed(studio: Studio, specs: Specs) -> None:
    found = embedded_encoders(studio)
    assert [encoder.name for encoder in found] == ["blind", "reference"]
    assert [encoder.spec for encoder in found] == [specs.blind, specs.reference]
    assert [encoder.slug for encoder in found] == [slug(specs.blind), slug(specs.reference)]
    assert all(encoder.dimension == 32 for encoder in found)
    broken = studio.workspace.store("broken")
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    (studio.workspace.embeddings / "notes.txt").write_text("not a store")
    assert embedded_encoders(studio) == found


def test_without_a_choice_the_roles_are_those_of_the_run(studio: Studio, specs: Specs) -> None:
    roles = chosen_roles(studio)
    assert (roles.blind, roles.reference) == (specs.blind, specs.reference)
    assert chosen_roles(studio, slug(specs.blind)) == roles
    turned = chosen_roles(studio, slug(specs.reference), slug(specs.blind))
    assert (turned.blind, turned.reference) == (specs.reference, specs.blind)


def test_before_the_first_run_the_workspace_remembers(
    tmp_path: Path, pictures: Path, specs: Specs, mmvp: Mmvp
) -> None:
    root = tmp_path / "fresh"
    assert mmvp("index", pictures, "-w", root).code == 0
    assert mmvp("embed", "-w", root, *specs.options).code == 0
    with Studio.open(root) as studio:
        assert chosen_roles(studio).blind == specs.blind


def test_a_choice_that_cannot_be_is_refused(studio: Studio, specs: Specs) -> None:
    with pytest.raises(AppError, match="nothing is embedded with this blind encoder"):
        chosen_roles(studio, "no-such-encoder")
    with pytest.raises(AppError, match="nothing is embedded with this reference encoder"):
        chosen_roles(studio, None, "../../etc")
    with pytest.raises(AppError, match="cannot be both"):
        chosen_roles(studio, slug(specs.reference))


def test_rows_images_and_vectors_belong_together(studio: Studio) -> None:
    roles = chosen_roles(studio)
    spaces = VectorShelf(studio).get(roles)
    images = list_images(studio.database)
    assert spaces.image_ids.tolist() == [image.id for image in images]
    assert spaces.row == {image.id: row for row, image in enumerate(images)}
    for spec, vectors in ((roles.blind, spaces.blind), (roles.reference, spaces.reference)):
        store = EmbeddingStore.open(studio.workspace.store(slug(spec)))
        for row in (0, 7, len(images) - 1):
            assert np.array_equal(vectors[row], store.load([images[row].sha256])[0])


def test_vectors_are_read_once_until_a_store_changes(studio: Studio) -> None:
    shelf, roles = VectorShelf(studio), chosen_roles(studio)
    first = shelf.get(roles)
    assert shelf.get(roles) is first
    shard = next(studio.workspace.store(slug(roles.blind)).glob("*.npz"))
    shard.write_bytes(shard.read_bytes() + b"")
    again = shelf.get(roles)
    assert again is not first
    assert np.array_equal(again.blind, first.blind)


def test_images_that_a_scan_took_away_leave_the_space(studio: Studio) -> None:
    shelf, roles = VectorShelf(studio), chosen_roles(studio)
    before = shelf.get(roles)
    source = list_images(studio.database)[0].path
    assert source is not None
    record_scan(studio.database, source.parent, [], complete=True)
    assert len(before.image_ids) > 0
    assert len(shelf.get(roles).image_ids) == 0


def test_a_pair_of_encoders_more_takes_the_place_of_the_oldest(
    studio: Studio, specs: Specs
) -> None:
    shelf = VectorShelf(studio)
    there, back = (
        chosen_roles(studio),
        chosen_roles(studio, slug(specs.reference), slug(specs.blind)),
    )
    third = f"{specs.blind}-copy"
    copy = studio.workspace.store(slug(third))
    shutil.copytree(studio.workspace.store(slug(specs.blind)), copy)
    old = EmbeddingStore.open(copy).manifest
    (copy / "manifest.json").unlink()
    EmbeddingStore.create(copy, StoreManifest(third, 32, old.preprocess, old.weights_digest, {}))
    more = chosen_roles(studio, slug(third))
    first, second = shelf.get(there), shelf.get(back)
    shelf.get(more)
    assert shelf.get(back) is second
    assert shelf.get(there) is not first


def test_images_without_vectors_are_said(studio: Studio) -> None:
    roles = chosen_roles(studio)
    for shard in studio.workspace.store(slug(roles.reference)).glob("*.npz"):
        shard.unlink()
    with pytest.raises(AppError, match="have no vector of the reference encoder"):
        VectorShelf(studio).get(roles)
