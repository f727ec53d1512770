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
from db.annotations import decide, write_question
from db.annotators import ensure_annotator
from db.lifecycle import Decision, PairState
from db.pairs import list_cards
from db.views import PairCard
from evaluation.benchmark import Benchmark
from evaluation.errors import EvaluationError
from tests.annotator.tiny_studio import N_PICTURES, Mmvp, Specs, draw_picture

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


def accept(studio: Studio, card: PairCard, name: str) -> PairCard:
    person = ensure_annotator(studio.database, name)
    return decide(
        studio.database,
        card.id,
        version=card.version,
        annotator_id=person,
        decision=Decision.accept,
    )


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
        specs.blind,
        specs.reference,
    )
    assert benchmark.blind_encoder.dimension == 32
    assert (benchmark.blind_min, benchmark.reference_max) == (-1, 1)
    assert benchmark.mining_runs[0].n_images == N_PICTURES
    assert Benchmark.from_json(benchmark.to_json()) == benchmark


def test_the_document_names_no_folder_of_this_machine(studio: Studio, pictures: Path) -> None:
    text = exchange.to_benchmark(studio, name="blocks").to_json()
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
