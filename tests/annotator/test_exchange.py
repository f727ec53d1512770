"""From decided pairs to exported files: what was written is what comes out."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator import exchange, pipeline
from annotator.errors import AppError
from annotator.pipeline import EncoderRoles, MiningOptions
from annotator.studio import Studio
from db.annotations import write_question
from db.annotators import ensure_annotator
from db.encoders import ensure_encoder, list_encoders
from db.lifecycle import PairState
from db.pairs import NewPair, NewRun, list_cards, record_run
from db.views import PairCard
from embeddings.encoder import without_local_folders
from embeddings.store import EmbeddingStore
from evaluation.benchmark import Benchmark
from evaluation.errors import EvaluationError
from tests.annotator.tiny_studio import N_PICTURES, Mmvp, Specs, draw_picture
from tests.mapped_workspace import accept

TEXT = 'Is the "first" block, top left, bright or dark?'


@pytest.fixture
def studio(workspace: Path) -> Iterator[Studio]:
    """Two complete pairs, finished in the opposite order, and one merely accepted."""
    with Studio.open(workspace) as opened:
        cards = sorted(list_cards(opened.database), key=lambda card: card.id)
        complete(opened, cards[4], "color", "Bo")
        complete(opened, cards[1], "state", "Ann")
        accept(opened, cards[2], "Ann")
        yield opened


def complete(studio: Studio, card: PairCard, pattern: str, name: str) -> PairCard:
    return write_question(
        studio.database,
        card.id,
        version=accept(studio, card, name).version,
        annotator_id=ensure_annotator(studio.database, name),
        text=TEXT,
        option_a="Bright",
        option_b="Dark",
        answer_first="b",
        answer_second="a",
        pattern=pattern,
        note="seen twice",
    )


def test_only_complete_pairs_in_the_order_of_their_ids(studio: Studio, specs: Specs) -> None:
    benchmark = exchange.to_benchmark(studio, name="blocks")
    done = list_cards(studio.database, states={PairState.complete})
    assert [pair.pair_id for pair in benchmark.pairs] == sorted(card.id for card in done)
    assert [pair.annotators for pair in benchmark.pairs] == [("Ann",), ("Bo",)]
    assert [pair.pattern for pair in benchmark.pairs] == ["state", "color"]
    first = benchmark.pairs[0]
    assert (first.question.text, first.question.answer_first) == (TEXT, "b")
    assert first.note == "seen twice"
    assert (benchmark.blind_encoder.spec, benchmark.reference_encoder.spec) == (
        without_local_folders(specs.blind),
        without_local_folders(specs.reference),
    )
    assert benchmark.blind_encoder.dimension == 32
    assert (benchmark.blind_min, benchmark.reference_max) == (-1, 1)
    assert [run.n_images for run in benchmark.mining_runs] == [N_PICTURES]
    assert {pair.mining_run for pair in benchmark.pairs} == {benchmark.mining_runs[0].run_id}
    assert {"torch", "mmvp-studio"} <= benchmark.versions.keys()
    assert Benchmark.from_json(benchmark.to_json()) == benchmark


def test_what_is_known_of_the_encoders_outlives_their_vectors(studio: Studio) -> None:
    before = exchange.to_benchmark(studio, name="blocks")
    store = EmbeddingStore.open(next(studio.workspace.embeddings.glob("*")))
    assert store.manifest.weights_digest in {
        before.blind_encoder.weights_digest,
        before.reference_encoder.weights_digest,
    }
    shutil.rmtree(studio.workspace.embeddings)
    assert exchange.to_benchmark(studio, name="blocks").to_json() == before.to_json()


def test_each_pair_names_the_run_that_found_it(studio: Studio, specs: Specs) -> None:
    first, last = exchange.to_benchmark(studio, name="blocks").pairs
    found = {(card.first.id, card.second.id): card for card in list_cards(studio.database)}
    kept = next(ids for ids, card in found.items() if card.id == last.pair_id)
    encoders = {encoder.spec: encoder.id for encoder in list_encoders(studio.database)}
    run = NewRun(encoders[specs.blind], encoders[specs.reference], 0.5, 0.7, 9, 36, 1, {"limit": 1})
    again = record_run(studio.database, run, [NewPair(*kept, 0.9, 0.1)])
    record_run(studio.database, run, [])  # found none of the pairs, so it is not named
    benchmark = exchange.to_benchmark(studio, name="blocks")
    assert [pair.mining_run for pair in benchmark.pairs] == [first.mining_run, again]
    assert [run.run_id for run in benchmark.mining_runs] == [first.mining_run, again]
    named = benchmark.mining_runs[-1]
    assert named.blind_encoder == without_local_folders(specs.blind)
    assert (named.blind_min, named.options) == (0.5, {"limit": 1})
    assert Benchmark.from_json(benchmark.to_json()) == benchmark


def test_other_weights_of_the_same_name_are_told_apart(studio: Studio, specs: Specs) -> None:
    before = exchange.to_benchmark(studio, name="blocks").reference_encoder
    encoders = {encoder.spec: encoder.id for encoder in list_encoders(studio.database)}
    trained = ensure_encoder(
        studio.database, spec=specs.reference, name="x", dimension=7, weights_digest="trained"
    )
    run = NewRun(encoders[specs.blind], trained, 0.5, 0.7, 9, 36, 3, {})
    record_run(studio.database, run, [NewPair(1, n, 0.9, 0.1) for n in (2, 3, 4)])
    mined = [card for card in list_cards(studio.database) if card.state is PairState.unreviewed]
    complete(studio, mined[0], "color", "Ann")
    assert exchange.to_benchmark(studio, name="blocks").reference_encoder == before
    for card in mined[1:]:
        complete(studio, card, "color", "Ann")
    now = exchange.to_benchmark(studio, name="blocks").reference_encoder
    assert now.spec == without_local_folders(specs.reference)
    assert (now.dimension, now.weights_digest) == (7, "trained")


def test_the_document_names_no_folder_of_this_machine(
    studio: Studio, pictures: Path, specs: Specs
) -> None:
    text = exchange.to_benchmark(studio, name="blocks").to_json()
    assert str(Path(specs.blind.partition(":")[2]).parent) not in text
    assert str(pictures) not in text
    assert str(studio.workspace.root) not in text


def test_export_writes_what_was_typed_and_the_same_bytes_again(
    mmvp: Mmvp, studio: Studio, tmp_path: Path
) -> None:
    root, out = studio.workspace.root, tmp_path / "benchmark"
    answer = mmvp("export", "-w", root, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["n_pairs"] == 2
    rows = list(csv.DictReader((out / "Questions.csv").open(encoding="utf-8", newline="")))
    assert [row["Question"] for row in rows] == [TEXT] * 4
    assert {row["Options"] for row in rows} == {"(a) Bright (b) Dark"}
    assert len(list((out / "MMVP Images").iterdir())) == 4
    assert json.loads((out / "benchmark.json").read_text())["name"] == "benchmark"

    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    refused = mmvp("export", "-w", root, "--out", out)
    assert refused.code == 1
    assert "--force" in refused.err
    assert mmvp("export", "-w", root, "--out", out, "--force").code == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_an_image_that_changed_or_vanished_is_not_exported(tmp_path: Path, specs: Specs) -> None:
    folder, copies = tmp_path / "pictures", tmp_path / "copies"
    folder.mkdir()
    for seed in range(3):
        draw_picture(seed).save(folder / f"{seed}.png")
    shutil.copytree(folder, copies)
    roles = EncoderRoles(specs.blind, specs.reference)
    with Studio.open(tmp_path / "w") as studio:
        pipeline.index(studio, folder)
        pipeline.index(studio, copies)
        for role, _ in roles:
            pipeline.embed(studio, roles, role)
        pipeline.mine(studio, roles, MiningOptions(-1, 1))
        card = complete(studio, list_cards(studio.database)[0], "color", "Ann")
        name = card.first.file_name

        draw_picture(77).save(folder / name)
        exchange.export_benchmark(studio, "mmvp", tmp_path / "from the copy")

        draw_picture(78).save(copies / name)
        with pytest.raises(AppError, match="changed since") as caught:
            exchange.export_benchmark(studio, "mmvp", tmp_path / "out")
        assert name in caught.value.where
        assert "mmvp index" in caught.value.hint
        (folder / name).unlink()
        (copies / name).unlink()
        with pytest.raises(AppError, match="vanished"):
            exchange.image_bytes(studio, card.first.sha256)
    assert not (tmp_path / "out").exists()


def test_nothing_complete_is_nothing_to_export(workspace: Path) -> None:
    with Studio.open(workspace) as studio, pytest.raises(EvaluationError, match="complete"):
        exchange.to_benchmark(studio, name="none")
