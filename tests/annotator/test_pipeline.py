"""The four steps with real pictures, a real database and two tiny real encoders."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from annotator import pipeline
from annotator.errors import AppError
from annotator.pipeline import EncoderRoles, MapOptions, MiningOptions
from annotator.pipeline.layouts import layout_versions, layouts_folder, read_layout
from annotator.studio import Studio
from db.images import list_images
from db.pairs import current_run, list_cards
from embeddings.mining import MiningError
from embeddings.projection import LayoutOptions
from tests.annotator.tiny_studio import N_PICTURES, Specs, draw_picture

EVERY_PAIR = MiningOptions(blind_min=-1, reference_max=1, max_per_image=None)


@pytest.fixture
def studio(workspace: Path) -> Iterator[Studio]:
    with Studio.open(workspace) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Studio]:
    with Studio.open(tmp_path / "fresh") as opened:
        yield opened


@pytest.fixture
def roles(specs: Specs) -> EncoderRoles:
    return EncoderRoles(specs.blind, specs.reference)


def test_the_second_time_every_step_finds_nothing_to_do(studio: Studio, pictures: Path) -> None:
    indexed = pipeline.index(studio, pictures)
    assert (indexed.n_new, indexed.n_unchanged) == (0, N_PICTURES)
    roles = pipeline.encoder_roles(studio)
    for role, _ in roles:
        embedded = pipeline.embed(studio, roles, role)
        assert (embedded.n_embedded, embedded.n_already) == (0, N_PICTURES)
        assert embedded.device is None, "the model was loaded for nothing"
    assert pipeline.map(studio, roles).already
    run = current_run(studio.database)
    assert run is not None
    again = pipeline.mine(studio, roles, MiningOptions(blind_min=-1, reference_max=1))
    assert again.already
    assert (again.run_id, again.n_pairs) == (run.id, run.n_pairs)


def test_the_workspace_remembers_its_encoders(studio: Studio, roles: EncoderRoles) -> None:
    assert pipeline.encoder_roles(studio) == roles
    swapped = pipeline.encoder_roles(studio, blind=roles.reference, reference=roles.blind)
    assert swapped == EncoderRoles(roles.reference, roles.blind)


def test_a_fresh_workspace_uses_the_settings_and_then_the_papers_encoders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Studio.open(tmp_path / "fresh") as studio:
        papers = pipeline.encoder_roles(studio)
    assert "ViT-L-14" in papers.blind
    assert "dinov2-large" in papers.reference
    monkeypatch.setenv("MMVP_BLIND_ENCODER", "timm:vit_tiny_patch16_224")
    with Studio.open(tmp_path / "fresh") as studio:
        chosen = pipeline.encoder_roles(studio)
    assert chosen == EncoderRoles("timm:vit_tiny_patch16_224", papers.reference)


def test_one_encoder_cannot_play_both_roles(fresh: Studio, specs: Specs) -> None:
    with pytest.raises(AppError, match="both"):
        pipeline.encoder_roles(fresh, blind=specs.blind, reference=specs.blind)


def test_a_spoilt_note_of_the_encoders_is_named(fresh: Studio) -> None:
    path = fresh.workspace.root / "encoders.json"
    path.write_text('{"blind": 1')
    with pytest.raises(AppError) as caught:
        pipeline.encoder_roles(fresh)
    assert caught.value.where == str(path)


def test_index_reports_what_it_skipped(fresh: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    draw_picture(1).save(folder / "good.png")
    shutil.copy(folder / "good.png", folder / "same again.png")
    (folder / "empty.jpg").touch()
    report = pipeline.index(fresh, folder)
    assert (report.n_images, report.n_duplicates, report.n_files) == (1, 1, 3)
    assert report.skipped_by_reason == {"empty": 1}
    stored = json.loads(report.report.read_text())
    assert [Path(item["path"]).name for item in stored["skipped"]] == ["empty.jpg"]
    assert pipeline.index(fresh, folder).report.name == "index-2.json"


def test_index_skips_what_is_too_large(fresh: Studio, tmp_path: Path) -> None:
    draw_picture(1, side=16).save(tmp_path / "small.png")
    draw_picture(2, side=64).save(tmp_path / "large.png")
    report = pipeline.index(fresh, tmp_path, max_pixels=1000)
    assert (report.n_images, report.skipped_by_reason) == (1, {"too large": 1})


def test_a_workspace_among_the_pictures_is_not_indexed(fresh: Studio, tmp_path: Path) -> None:
    draw_picture(1).save(tmp_path / "a.png")
    for _ in range(2):
        report = pipeline.index(fresh, tmp_path / "fresh" / "..")
        assert (report.n_images, report.n_files, report.n_vanished) == (1, 1, 0)


def test_new_and_vanished_images_flow_through_all_steps(
    studio: Studio, pictures: Path, roles: EncoderRoles, tmp_path: Path
) -> None:
    moved = shutil.copytree(pictures, tmp_path / "pictures")
    manifest = tmp_path / "pictures.csv"
    draw_picture(99).save(moved / "new.png")
    paths = sorted(path.name for path in moved.iterdir())[1:]
    manifest.write_text("path\n" + "".join(f"pictures/{name}\n" for name in paths))
    with Studio.open(tmp_path / "w") as own:
        assert pipeline.index(own, manifest).n_images == N_PICTURES
        for role, _ in roles:
            assert pipeline.embed(own, roles, role).n_embedded == N_PICTURES
        (moved / paths[0]).unlink()
        manifest.write_text("path\n" + "".join(f"pictures/{name}\n" for name in paths[1:]))
        assert pipeline.index(own, manifest).n_vanished == 1
        mined = pipeline.mine(own, roles, EVERY_PAIR)
        assert mined.counts["n_images"] == N_PICTURES - 1
        layout = pipeline.map(own, roles)
        assert layout.n_images == N_PICTURES - 1


def test_after_new_images_only_their_pairs_are_compared(
    fresh: Studio, roles: EncoderRoles, pictures: Path, tmp_path: Path
) -> None:
    def mined(n_pictures: int) -> pipeline.MineReport:
        folder = tmp_path / "growing"
        folder.mkdir(exist_ok=True)
        for path in sorted(pictures.glob("*"))[:n_pictures]:
            shutil.copy2(path, folder)
        pipeline.index(fresh, folder)
        for role, _ in roles:
            pipeline.embed(fresh, roles, role)
        return pipeline.mine(fresh, roles, EVERY_PAIR)

    assert mined(N_PICTURES - 2).n_known == 0
    few = mined(N_PICTURES)
    assert few.n_known == N_PICTURES - 2
    assert few.n_examined == 2 * (N_PICTURES - 2) + 1
    grown = {(card.first.sha256, card.second.sha256) for card in list_cards(fresh.database)}
    assert len(grown) == few.n_pairs == N_PICTURES * (N_PICTURES - 1) // 2
    folder = next(iter((fresh.workspace.root / "mined").iterdir()))
    assert sorted(path.name for path in folder.iterdir()) == ["complete", "lock"]


def test_two_processes_do_not_mine_at_once(studio: Studio, roles: EncoderRoles) -> None:
    folder = next(iter((studio.workspace.root / "mined").iterdir()))
    with FileLock(folder / "lock"), pytest.raises(AppError, match="another process is mining"):
        pipeline.mine(studio, roles, MiningOptions(blind_min=-0.5, reference_max=1))


def test_too_little_memory_is_said(studio: Studio, roles: EncoderRoles) -> None:
    with pytest.raises(MiningError, match="40 images need"):
        pipeline.mine(studio, roles, MiningOptions(blind_min=-0.5), memory=1000)


def test_a_file_that_changed_after_indexing_is_not_embedded(
    fresh: Studio, roles: EncoderRoles, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    draw_picture(1).save(folder / "a.png")
    pipeline.index(fresh, folder)
    draw_picture(2, side=96).save(folder / "a.png")
    with pytest.raises(AppError, match=r"a\.png.*mmvp index"):
        pipeline.embed(fresh, roles, "blind")


def test_nothing_to_embed_says_so(fresh: Studio, roles: EncoderRoles) -> None:
    with pytest.raises(AppError, match="mmvp index"):
        pipeline.embed(fresh, roles, "blind")


def test_mined_pairs_are_ranked_by_gap_and_belong_to_their_images(
    studio: Studio, roles: EncoderRoles
) -> None:
    from annotator.pipeline.vectors import embedded_images

    report = pipeline.mine(studio, roles, EVERY_PAIR)
    assert report.n_pairs == N_PICTURES * (N_PICTURES - 1) // 2
    embedded = embedded_images(studio, roles)
    rows = {image.id: row for row, image in enumerate(embedded.images)}
    blind = embedded.vectors(embedded.blind).astype(np.float64)
    reference = embedded.vectors(embedded.reference).astype(np.float64)
    cards = list_cards(studio.database)
    assert len(cards) == report.n_pairs
    gaps = [card.gap for card in cards]
    assert gaps == sorted(gaps, reverse=True)
    for card in cards[::50]:
        i, j = rows[card.first.id], rows[card.second.id]
        assert card.blind_cosine == pytest.approx(blind[i] @ blind[j], abs=1e-6)
        assert card.reference_cosine == pytest.approx(reference[i] @ reference[j], abs=1e-6)


def test_the_filters_of_mining_are_applied(studio: Studio, roles: EncoderRoles) -> None:
    limited = pipeline.mine(studio, roles, MiningOptions(-1, 1, limit=7, max_per_image=None))
    assert limited.n_pairs == 7
    capped = pipeline.mine(studio, roles, MiningOptions(-1, 1, max_per_image=1))
    images = [image.id for c in list_cards(studio.database) for image in (c.first, c.second)]
    assert capped.n_pairs == N_PICTURES // 2
    assert len(set(images)) == len(images)


def test_a_group_of_the_manifest_feeds_one_pair(
    fresh: Studio, pictures: Path, roles: EncoderRoles, tmp_path: Path
) -> None:
    manifest = tmp_path / "grouped.csv"
    lines = [f"{path},{i % 4}\n" for i, path in enumerate(sorted(pictures.iterdir()))]
    manifest.write_text("path,group\n" + "".join(lines))
    pipeline.index(fresh, manifest)
    for role, _ in roles:
        pipeline.embed(fresh, roles, role)
    grouped = pipeline.mine(fresh, roles, EVERY_PAIR)
    assert 1 <= grouped.n_pairs <= 4
    assert grouped.counts["n_same_group_dropped"] > 0
    everything = MiningOptions(-1, 1, max_per_image=None, one_per_group=False)
    assert pipeline.mine(fresh, roles, everything).n_pairs == N_PICTURES * (N_PICTURES - 1) // 2


def test_a_resized_copy_is_no_pair_unless_kept(
    fresh: Studio, roles: EncoderRoles, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    large = draw_picture(1).resize((240, 240), Image.Resampling.BICUBIC)
    large.save(folder / "large.png")
    large.resize((120, 120), Image.Resampling.LANCZOS).save(folder / "small.png")
    pipeline.index(fresh, folder)
    for role, _ in roles:
        pipeline.embed(fresh, roles, role)
    dropped = pipeline.mine(fresh, roles, EVERY_PAIR)
    assert (dropped.n_pairs, dropped.counts["n_near_duplicates"]) == (0, 1)
    kept = MiningOptions(-1, 1, keep_near_duplicates=True)
    assert pipeline.mine(fresh, roles, kept).n_pairs == 1


def test_the_suggested_thresholds_give_the_pairs_they_promise(
    studio: Studio, roles: EncoderRoles
) -> None:
    found = pipeline.suggest(studio, roles, n_pairs=20)
    assert found.blind_min is not None
    assert found.reference_max is not None
    options = MiningOptions(
        found.blind_min, found.reference_max, max_per_image=None, keep_near_duplicates=True
    )
    assert pipeline.mine(studio, roles, options).n_pairs == found.n_pairs


def test_a_layout_holds_every_image_and_is_redrawn_when_it_is_spoilt(
    studio: Studio, roles: EncoderRoles
) -> None:
    first = pipeline.map(studio, roles).layout
    keys = [image.sha256 for image in list_images(studio.database)]
    before = read_layout(studio, roles, first)
    assert before.keys == keys
    (layouts_folder(studio, roles) / f"{first:04d}.npz").write_bytes(b"torn")
    again = pipeline.map(studio, roles)
    assert not again.already
    np.testing.assert_array_equal(read_layout(studio, roles, again.layout).blind, before.blind)
    other = pipeline.map(studio, roles, MapOptions(layout=LayoutOptions(seed=7), name="seven"))
    assert not other.already
    assert layout_versions(studio, roles)[0].name == "seven"
    assert pipeline.map(studio, roles, MapOptions(layout=LayoutOptions(seed=7))).already


def test_a_local_model_is_the_same_encoder_from_every_folder(
    fresh: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("models/clip", "models/dino"):
        (tmp_path / folder).mkdir(parents=True)
    weights = tmp_path / "models" / "weights.pt"
    weights.touch()
    monkeypatch.chdir(tmp_path / "models")
    roles = pipeline.encoder_roles(fresh, blind="open_clip:local-dir:clip", reference="hf:dino")
    assert roles.blind == f"open_clip:local-dir:{tmp_path}/models/clip"
    assert roles.reference == f"hf:{tmp_path}/models/dino"
    other = pipeline.encoder_roles(fresh, blind="open_clip:ViT-B-32/weights.pt")
    assert other.blind == f"open_clip:ViT-B-32/{weights}"
    hub = pipeline.encoder_roles(fresh, blind="open_clip:ViT-B-32/openai", reference="hf:a/b")
    assert hub == EncoderRoles("open_clip:ViT-B-32/openai", "hf:a/b")
