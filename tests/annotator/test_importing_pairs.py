"""Lists of pairs and Label Studio's tasks: pairs to review, and questions that came with them."""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import STUDIO_ERRORS, AppError
from annotator.exchange import export_benchmark, to_benchmark
from annotator.importing import store
from annotator.incoming_pairs import LABEL_STUDIO, read_pair_list
from annotator.pipeline import index
from annotator.studio import Studio
from db.imported import origin_of
from db.lifecycle import PairState, RunKind
from db.pairs import list_cards
from evaluation.label_studio import image_named
from evaluation.pair_list import InvalidPairs, read_pairs
from tests.annotator.tiny_studio import Mmvp
from tests.importable import jpeg

ASKED = "question,option_a,option_b,answer_first,answer_second,pattern"
WORDS = '"Is the door open, or shut?",Open,Shut,(a),B,State'


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    return folder


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio.open(tmp_path / "ws") as opened:
        yield opened


def written(folder: Path, lines: Sequence[str], name: str = "pairs.csv") -> Path:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def test_pairs_with_and_without_questions(studio: Studio, photos: Path, tmp_path: Path) -> None:
    lines = [
        f"first,second,blind_cosine,reference_cosine,{ASKED}",
        f"0.jpg,1.jpg,0.97,0.4,{WORDS}",
        "3.jpg,2.jpg,,,,,,,,",
    ]
    report = store(studio, read_pair_list(written(photos, lines)))
    assert (report.n_pairs, report.n_questions, report.n_new_images) == (2, 1, 4)
    done, waiting = list_cards(studio.database)
    assert (done.state, waiting.state) == (PairState.complete, PairState.unreviewed)
    assert done.run_kind is RunKind.pairs
    assert done.gap == pytest.approx(0.57)
    assert waiting.gap is None
    benchmark = to_benchmark(studio, name="listed")
    (pair,) = benchmark.pairs
    assert (pair.question.text, pair.pattern) == ("Is the door open, or shut?", "state")
    assert (pair.question.answer_first, pair.annotators) == ("a", ("pairs",))
    assert (benchmark.blind_encoder, benchmark.blind_min, pair.mining_run) == (None, None, None)
    export_benchmark(studio, "mmvp", tmp_path / "out")
    origin = origin_of(studio.database, waiting.id)
    assert origin is not None
    assert (origin.name, origin.rows) == ("pairs", (2, 2))


def test_json_lines_name_images_of_the_workspace(studio: Studio, photos: Path) -> None:
    index(studio, photos)
    sha256 = {card.file_name: card.sha256 for card in _images(studio)}
    lines = [
        json.dumps({"first": sha256["0.jpg"], "second": "1.jpg"}),
        json.dumps({"first": str(photos / "2.jpg"), "second": "3"}),
    ]
    elsewhere = photos.parent / "lists"
    elsewhere.mkdir()
    report = store(studio, read_pair_list(written(elsewhere, lines, "pairs.jsonl")))
    assert (report.n_new_images, report.n_known_images, report.folder) == (0, 4, None)
    unknown = written(elsewhere, [json.dumps({"first": "9.jpg", "second": "1.jpg"})], "b.jsonl")
    with pytest.raises(AppError, match=r"b\.jsonl, line 1: the image '9\.jpg'"):
        store(studio, read_pair_list(unknown))


def _images(studio: Studio) -> list[Any]:
    from db.images import list_images

    return list_images(studio.database)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["first,other", "a,b"], "the column 'second' is missing"),
        (["first,second,colour", "a,b,red"], "there is no column 'colour'"),
        (["first,second", "a.jpg,"], r"line 2, row 1, column second: no image is named"),
        (["first,second", "a.jpg,https://x.org/b.jpg"], "addresses are not fetched"),
        (["first,second", "a.jpg,a.jpg"], "it is the first image again"),
        (["first,second", "a.jpg,b.jpg", "b.jpg,a.jpg"], "stands in line 2 already"),
        (["first,second,blind_cosine", "a,b,1.5"], "column blind_cosine: '1.5' is no cosine"),
        ([f"first,second,{ASKED}", "a,b,Open?,Yes,No,a,a,"], "right answers must differ"),
        ([f"first,second,{ASKED}", "a,b,Open?,,No,a,b,"], "column option_a: Option a is empty"),
        ([f"first,second,{ASKED}", "a,b,Open?,Yes,No,c,b,"], "column answer_first"),
        (["first,second"], "there is no pair in it"),
        (["first,second", 'a,"b'], "never closed"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_with_its_place(
    tmp_path: Path, lines: list[str], said: str
) -> None:
    with pytest.raises(InvalidPairs, match=said):
        read_pairs(written(tmp_path, lines))


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidPairs) as told:
        read_pairs(written(tmp_path, ["first,second,blind_cosine", "a,,2", ",b,x"]))
    assert len(told.value.faults) == 4


@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_no_list_of_pairs_ends_in_a_trace(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    heads = {"a.csv": b"first,second\n", "a.jsonl": b'{"first": 1, "second": 2}\n', "a.json": b"["}
    for name, head in heads.items():
        (folder / name).write_bytes(head + content)
        with contextlib.suppress(STUDIO_ERRORS):
            read_pairs(folder / name, label_studio=name == "a.json")
    shutil.rmtree(folder)


def task(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    results = [
        {"from_name": "question", "type": "textarea", "value": {"text": ["Is it open?"]}},
        {"from_name": "option_a", "type": "textarea", "value": {"text": ["Yes"]}},
        {"from_name": "option_b", "type": "textarea", "value": {"text": ["No"]}},
        {"from_name": "answer_first", "type": "choices", "value": {"choices": ["b"]}},
        {"from_name": "answer_second", "type": "choices", "value": {"choices": ["a"]}},
        {"from_name": "mood", "type": "choices", "value": {"choices": ["fine"]}},
    ]
    older = {"result": [], "updated_at": "2026-01-01"}
    newest = {"result": results, "updated_at": "2026-02-01"}
    cancelled = {"result": [], "updated_at": "2026-03-01", "was_cancelled": True}
    data = {"first": "/data/local-files/?d=0.jpg", "second": "/data/upload/3/ab12cd34-1.jpg"}
    return {"data": data, "annotations": [older, newest, cancelled]} | given


def test_annotations_of_label_studio(studio: Studio, photos: Path) -> None:
    bare = task(data={"image1": "2.jpg", "image2": "3.jpg"}, annotations=[])
    path = photos / "tasks.json"
    path.write_text(json.dumps([task(), bare]))
    report = store(studio, read_pair_list(path, format_name=LABEL_STUDIO))
    assert (report.format, report.n_pairs, report.n_questions) == ("labelstudio", 2, 1)
    card = list_cards(studio.database)[0]
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert (card.annotation.question.text, card.annotation.question.answer_first) == (
        "Is it open?",
        "b",
    )
    path.write_text(json.dumps([task(), {"data": {"image": "2.jpg"}}]))
    with pytest.raises(InvalidPairs, match="row 2: this task names no two images"):
        read_pair_list(path, format_name=LABEL_STUDIO)


def test_tasks_as_we_export_them_come_back(studio: Studio, photos: Path) -> None:
    """The answers are the options' texts; images are known by path, else by SHA-256."""
    index(studio, photos)
    sha256 = {card.file_name: card.sha256 for card in _images(studio)}
    results = [
        {"from_name": "answer_first", "type": "choices", "value": {"choices": ["Shut"]}},
        {"from_name": "answer_second", "type": "choices", "value": {"choices": ["Open"]}},
        {"from_name": "note", "type": "textarea", "value": {"text": ["Look twice."]}},
    ]
    data = {
        "pair_id": 7,
        "pattern": "state",
        "question": "Is it open?",
        "options": [{"value": "Open"}, {"value": "Shut"}],
        "first": "/data/local-files/?d=0.jpg",
        "second": "/data/local-files/?d=images/2.jpg",
        "second_sha256": sha256["1.jpg"],
    }
    unanswered = {"data": {**data, "second": "/data/local-files/?d=3.jpg"}, "annotations": []}
    del unanswered["data"]["second_sha256"]
    path = photos / "tasks.json"
    path.write_text(json.dumps([{"data": data, "annotations": [{"result": results}]}, unanswered]))
    report = store(studio, read_pair_list(path, format_name=LABEL_STUDIO))
    assert (report.n_questions, report.n_new_images) == (1, 0)
    done, waiting = list_cards(studio.database)
    assert done.annotation is not None
    assert done.annotation.question is not None
    assert (done.annotation.question.option_b, done.annotation.question.answer_first) == (
        "Shut",
        "b",
    )
    assert (done.second.file_name, done.annotation.note) == ("1.jpg", "Look twice.")
    assert waiting.state is PairState.unreviewed


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/local-files/?d=a%20b/1.jpg", "a b/1.jpg"),
        ("/data/upload/7/0f3c2d1a-my-photo.jpg", "my-photo.jpg"),
        ("photos/1.jpg", "photos/1.jpg"),
        ("https://x.org/1.jpg", "https://x.org/1.jpg"),
    ],
)
def test_images_as_label_studio_calls_them(address: str, name: str) -> None:
    assert image_named(address) == name


def test_a_list_with_questions_only_leaves_the_queue_alone(
    workspace: Path, photos: Path, mmvp: Mmvp
) -> None:
    path = written(photos, [f"first,second,{ASKED}", f"0.jpg,1.jpg,{WORDS}"])
    with Studio.open(workspace) as studio:
        before = [card.id for card in list_cards(studio.database)]
    done = mmvp("import", path, "--format", "pairs", "-w", workspace, "--name", "ours")
    assert done.code == 0, done.err
    assert "1 pairs, 1 questions" in done.out
    with Studio.open(workspace) as studio:
        assert {card.id for card in list_cards(studio.database)} > set(before)
        written_run = [c.run_kind for c in list_cards(studio.database) if c.id not in before]
        assert written_run == [RunKind.written]
