"""`mmvp mof similarity`, `mmvp mof probe` and what the lens is told, against the stored vectors."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from annotator.cli import app
from annotator.errors import AppError
from annotator.pipeline.mixtures import Resolving, mixed_pairs, similarity
from annotator.pipeline.probing import (
    features_of,
    label_tasks,
    probe,
    question_tasks,
)
from annotator.pipeline.vectors import embedded_images
from annotator.server import create_routes
from annotator.studio import Studio
from db.annotations import write_question
from db.annotators import ensure_annotator
from db.images import known_files, list_images, record_scan
from db.pairs import get_card
from embeddings.encoder import EncoderSpec
from embeddings.mixing import Mixing, fit_rotation, mixed_vectors
from evaluation.probing import ProbeOptions
from tests.compared_workspace import ROLES, open_embedded, seed_embedded
from tests.mapped_workspace import accept, complete
from tests.mixable_workspace import BLIND_MIN, mined, seed_mixable

N_PAIRS = 26


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_mixable(tmp_path_factory.mktemp("mixtures"), n_pairs=N_PAIRS)


@pytest.fixture(scope="module")
def studio(workspace: Path) -> Iterator[Studio]:
    with open_embedded(workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_routes(studio), base_url="http://127.0.0.1") as opened:
        yield opened


def vectors(studio: Studio) -> tuple[list[int], np.ndarray, np.ndarray]:
    embedded = embedded_images(studio, ROLES)
    ids = [image.id for image in embedded.images]
    return ids, embedded.vectors(embedded.blind), embedded.vectors(embedded.reference)


def by_brute_force(
    studio: Studio, share: float, mixing: Mixing, blind_min: float
) -> tuple[int, int]:
    """How many of the mined pairs are resolved: by rank, and by the threshold."""
    ids, blind, reference = vectors(studio)
    mixed = mixed_vectors(blind, reference, share, mixing, fit_rotation(blind, reference))
    mixed = mixed.astype(np.float64)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    upper = np.triu_indices(len(ids), 1)
    above = int(((blind @ blind.T)[upper] > blind_min).sum())
    limit = sorted((mixed @ mixed.T)[upper], reverse=True)[above]
    row = {image_id: k for k, image_id in enumerate(ids)}
    cosines = [
        float(mixed[row[link.first_image_id]] @ mixed[row[link.second_image_id]])
        for link in mined(studio)
    ]
    return sum(c <= limit + 1e-7 for c in cosines), sum(c <= blind_min for c in cosines)


@pytest.mark.parametrize("blind_min", [None, 0.9])
def test_the_table_counts_what_brute_force_counts(studio: Studio, blind_min: float | None) -> None:
    pairs = mixed_pairs(studio, ROLES, *vectors(studio))
    assert len(pairs.links) == len(mined(studio)) > 15
    report = similarity(pairs, [0.1, 0.35, 0.8], Resolving(blind_min))
    assert report.blind_min == (blind_min or BLIND_MIN)
    assert report.n_background == report.n_any_pairs == (2 * N_PAIRS) * (2 * N_PAIRS - 1) // 2
    overall = [one for one in report.table if not one.pattern]
    assert len(overall) == 3 * 2 * 2
    for one in overall:
        expected = by_brute_force(studio, one.reference_share, Mixing(one.mixing), report.blind_min)
        assert one.n_resolved == expected[one.criterion == "fixed"]
        assert one.n_pairs == len(pairs.links)
        assert one.alpha == pytest.approx(1 - one.reference_share)
    counts = {one.n_resolved for one in overall if one.criterion == "ranked"}
    assert len(counts) > 2  # the choice of the share makes a difference here


def test_a_share_of_most_alike_pairs_can_be_named(studio: Studio) -> None:
    pairs = mixed_pairs(studio, ROLES, *vectors(studio))
    strict = similarity(pairs, [0.2], Resolving(most_alike=0.5))
    mild = similarity(pairs, [0.2], Resolving(most_alike=0.001))
    assert strict.n_above == round(0.5 * strict.n_background)

    def resolved(report: object) -> list[int]:
        return [
            one.n_resolved
            for one in report.table  # type: ignore[attr-defined]
            if one.criterion == "ranked" and not one.pattern
        ]

    assert max(resolved(strict)) < min(resolved(mild))


def test_the_lens_is_told_a_pairs_cosines_and_every_pairs_bits(
    studio: Studio, client: TestClient
) -> None:
    about = client.get("/api/mixtures.json").json()
    links = {link.id: link for link in mined(studio)}
    assert about["n_pairs"] == len(links)
    assert about["blind_min"] == BLIND_MIN
    assert about["shares"][50] == 0.5
    answer = client.get(f"/api/mixtures.bin?v={about['digest']}")
    place = {one["name"]: one for one in about["arrays"]}
    ids_at = place["pair_ids"]
    ids = np.frombuffer(answer.content, "<u4", ids_at["length"], ids_at["offset"])
    assert set(ids) == set(links)
    bits = {}
    for name, at in place.items():
        if name != "pair_ids":
            packed = np.frombuffer(answer.content, np.uint8, at["length"], at["offset"])
            bits[name] = np.unpackbits(packed.reshape(len(ids), -1), axis=1)[:, :101]
    for mixing in ("addition", "concatenation"):
        for criterion in ("ranked", "fixed"):
            curve = about["curves"][mixing][criterion]
            assert bits[f"{mixing}:{criterion}"].sum(axis=0).tolist() == curve["n_resolved"]
            assert curve["n_resolved"][0] == 0
    pair_id = int(ids[3])
    pair = client.get(f"/api/mixtures/pairs/{pair_id}").json()
    link = links[pair_id]
    for k, share in enumerate(about["shares"]):
        straight = (1 - share) * link.blind_cosine + share * link.reference_cosine
        assert pair["mixed"]["concatenation"][k] == pytest.approx(straight, abs=1e-12)
        for mixing in ("addition", "concatenation"):
            resolved = pair["mixed"][mixing][k] <= about["curves"][mixing]["ranked"]["limits"][k]
            assert resolved == bits[f"{mixing}:ranked"][3, k]
    assert pair["mixed"]["addition"][0] == link.blind_cosine
    assert pair["mixed"]["addition"][100] == link.reference_cosine
    lower = client.get("/api/mixtures.json?blind_min=0.5").json()
    assert lower["run_blind_min"] == BLIND_MIN
    assert set(lower["curves"]["addition"]["fixed"]["limits"]) == {0.5}
    assert lower["n_over"] > about["n_over"]
    assert client.get("/api/mixtures/pairs/99999").status_code == 404
    assert client.get("/api/mixtures.json?blind_min=2").status_code == 422


def test_what_is_missing_is_said_with_the_command_that_helps(tmp_path: Path) -> None:
    with open_embedded(seed_embedded(tmp_path, n_pairs=2)) as studio:
        client = TestClient(create_routes(studio), base_url="http://127.0.0.1")
        slugs = [EncoderSpec.parse(spec).slug for spec in (ROLES.reference, ROLES.blind)]
        swapped = f"/api/mixtures.json?blind={slugs[0]}&reference={slugs[1]}"
        problem = client.get(swapped).json()["problem"]
        assert problem["what"] == "These two encoders have no candidate pairs yet."
        assert problem["command"].startswith("mmvp mine --workspace ")
        folder = studio.workspace.store(EncoderSpec.parse(ROLES.reference).slug)
        folder.rename(folder.with_name("elsewhere"))
        (folder.with_name("elsewhere") / "manifest.json").unlink()
        problem = client.get("/api/mixtures.json").json()["problem"]
        assert "has not seen the images yet" in problem["what"]
        assert problem["command"].startswith("mmvp embed ")
        assert client.get("/api/mixtures.bin").status_code == 404
        with pytest.raises(AppError, match="mmvp mine"):
            mixed_pairs(studio, ROLES, [], np.zeros((0, 2)), np.zeros((0, 2)))


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["mof", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_prints_a_table_and_writes_files(workspace: Path, tmp_path: Path) -> None:
    where = ["-w", str(workspace), "--blind", ROLES.blind, "--reference", ROLES.reference]
    text = run("similarity", *where, "--reference-share", "0.3")
    assert "addition, by rank" in text
    assert "0.3" in text
    out = tmp_path / "table.csv"
    report = json.loads(run("similarity", *where, "--json", "--out", str(out)))
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert [float(row["reference_share"]) for row in rows] == [
        one["reference_share"] for one in report["table"]
    ]
    assert {float(row["reference_share"]) for row in rows} == {0, 0.25, 0.5, 0.625, 0.75, 1}
    run("similarity", *where, "--out", str(tmp_path / "all.json"))
    assert json.loads((tmp_path / "all.json").read_text())["table"] == report["table"]
    run("similarity", *where, "--out", str(tmp_path / "plot.html"))
    page = (tmp_path / "plot.html").read_text(encoding="utf-8")
    assert "concatenation, by rank" in page
    all_alike = json.loads(run("similarity", *where, "--most-alike", "1", "--json"))
    ranked = [one for one in all_alike["table"] if one["criterion"] == "ranked"]
    assert {(one["limit"], one["n_resolved"]) for one in ranked} == {(None, 0)}
    refused = CliRunner().invoke(app, ["mof", "similarity", *where, "--out", "x.docx"])
    assert refused.exit_code == 1


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Every pair has a question; what is right lies in the reference vectors."""
    workspace = seed_mixable(tmp_path_factory.mktemp("asked"), n_pairs=30)
    with open_embedded(workspace) as studio:
        ids, _, reference = vectors(studio)
        row = {image_id: k for k, image_id in enumerate(ids)}
        person = ensure_annotator(studio.database, "Ann")
        for k, link in enumerate(mined(studio)):
            card = get_card(studio.database, link.id)
            assert card is not None
            if k < 2:
                complete(studio, card, text="Which?", pattern="color")
                continue
            first, second = (reference[row[one.id]][0] for one in (card.first, card.second))
            a_first = bool(first > second)
            turned = k % 2 == 1  # the same two answers, the other way round and in other letters
            options = ("RIGHT ", "Left") if turned else ("left", "right")
            write_question(
                studio.database,
                card.id,
                version=accept(studio, card).version,
                annotator_id=person,
                text="Which way?",
                option_a=options[0],
                option_b=options[1],
                answer_first="a" if a_first != turned else "b",
                answer_second="b" if a_first != turned else "a",
                pattern="orientation",
            )
        yield studio


def test_questions_with_the_same_two_answers_are_one_task(asked: Studio) -> None:
    ids, blind, reference = vectors(asked)
    row = {image_id: k for k, image_id in enumerate(ids)}
    tasks = question_tasks(asked, row)
    assert [(one.pattern, one.name) for one in tasks] == [
        ("color", "on the left / on the right"),
        ("orientation", "left / right"),
    ]
    main = tasks[1]
    assert len(main.rows) == 2 * len(main.pairs) == 2 * (len(mined(asked)) - 2)
    for first, second in main.pairs:
        values = reference[main.rows[[first, second]], 0]
        assert main.labels[first if values[0] > values[1] else second] == "left"
        assert main.groups[first] == main.groups[second]
    features = features_of(blind, reference, [0.5])
    assert list(features) == ["blind", "reference", "A-MoF 0.5", "concatenation"]
    assert features["concatenation"].shape[1] == blind.shape[1] + reference.shape[1]
    report = probe(ROLES, tasks, features, ProbeOptions(), predicts="answers")
    assert [one.name for one in report.not_probed] == ["on the left / on the right"]
    assert "Too few" in report.not_probed[0].reason
    (probed,) = report.tasks
    scores = {one.features: one for one in probed.scores}
    assert scores["reference"].images.value > 0.7 > scores["blind"].images.value
    assert report.features == list(scores)


def test_tags_make_a_curve_of_their_own(asked: Studio) -> None:
    report = similarity(mixed_pairs(asked, ROLES, *vectors(asked)), [0.5])
    assert {one.pattern: one.n_pairs for one in report.table} == {
        "": len(mined(asked)),
        "color": 2,
        "orientation": len(mined(asked)) - 2,
    }


def test_the_probe_prints_scores_and_says_too_few(asked: Studio, tmp_path: Path) -> None:
    where = ["-w", str(asked.workspace.root), "--blind", ROLES.blind]
    out = tmp_path / "probe.json"
    text = run("probe", *where, "--reference", ROLES.reference, "-o", str(out))
    assert "orientation: left / right (2 labels" in text
    assert "A-MoF 0.25" in text
    assert "Too few: 2" in text
    assert json.loads(out.read_text())["folds"] == 5


def test_columns_of_the_manifest_are_labels(tmp_path: Path) -> None:
    with open_embedded(seed_mixable(tmp_path, n_pairs=24)) as studio:
        files = [
            replace(file, label="house", metadata={"camera": "top" if k % 2 else "side"})
            for k, file in enumerate(known_files(studio.database))
        ]
        record_scan(studio.database, tmp_path / "pictures", files, complete=True)
        camera = {file.sha256: file.metadata["camera"] for file in files}
        ids, blind, reference = vectors(studio)
        row = {image_id: k for k, image_id in enumerate(ids)}
        (task,) = label_tasks(studio, ROLES, row, ["camera=viewpoint"])
        assert (task.name, task.pattern) == ("camera", "viewpoint")
        images = list_images(studio.database)
        assert [camera[images[k].sha256] for k in task.rows] == task.labels
        assert len(task.rows) == len(images)
        linked = {(row[link.first_image_id], row[link.second_image_id]) for link in mined(studio)}
        place = {int(one): k for k, one in enumerate(task.rows)}
        groups = {(task.groups[place[a]], task.groups[place[b]]) for a, b in linked}
        assert all(one == other for one, other in groups)
        assert len(set(task.groups)) == len(images) - len(linked)
        for first, second in task.pairs:
            assert (task.rows[first], task.rows[second]) in linked
            assert task.labels[first] != task.labels[second]
        few = label_tasks(studio, ROLES, row, ["camera"], most=20)[0]
        assert len(few.rows) == 20
        assert few.pattern == ""  # only in a demo a column has a pattern of its own
        same = label_tasks(studio, ROLES, row, ["label"])
        features = features_of(blind, reference, [])
        report = probe(ROLES, same, features, ProbeOptions(), predicts="labels")
        assert "of them: 1." in report.not_probed[0].reason
        (studio.workspace.root / "demo.json").write_text("{}")
        with pytest.raises(AppError, match="facing"):
            label_tasks(studio, ROLES, row, ["all"])


def test_a_column_that_no_image_has_is_named(asked: Studio) -> None:
    with pytest.raises(AppError, match="Columns with values: none"):
        label_tasks(asked, ROLES, {1: 0}, ["camera"])
