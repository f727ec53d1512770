"""`mmvp eval vlm` and `correlate` as a person runs them: with figures, without weights."""

import json
from pathlib import Path

import pytest

from annotator.cli.options import open_studio, settings_for
from annotator.figures.drawn_correlation import correlation_figure
from annotator.figures.drawn_patterns import patterns_figure
from annotator.figures.drawn_scale import scale_figure
from annotator.figures.style import FigureSize
from db.pairs import list_cards
from embeddings.demo import blind_spec
from evaluation.correlation import correlate
from evaluation.formats import export
from evaluation.pattern_results import read_pattern_accuracies
from evaluation.vlm.evaluation import evaluate_encoders
from evaluation.vlm.pairs import read_statements
from tests.annotator.tiny_studio import Mmvp, Specs
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair
from tests.evaluation.vlm_sets import rows_of, write_vlm
from tests.mapped_workspace import complete


@pytest.fixture(name="folder", scope="module")
def a_small_mmvp_vlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vlm(tmp_path_factory.mktemp("vlm") / "colours", rows_of(2))


def test_a_folder_with_files_and_figures(mmvp: Mmvp, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("eval", "vlm", folder, "--encoder", "demo", "--out", out)
    done = mmvp(*asked, "--figures", "html")
    assert done.code == 0, done.err
    for shown in (
        "open_clip:local-dir:clip on colours: 18 pairs, 96 px",
        "Viewpoint and Perspective",
        "image to text",
        "16.7 %",
        "paper: EVA02 ViT-bigE-14+",
        "1 Orientation and Direction",
    ):
        assert shown in done.out
    files = {path.name for path in out.iterdir()}
    assert files == {"scores.json", "scores.csv", "pairs.csv", "by-pattern.html", "scale.html"}
    found = mmvp(*asked, "--json").json
    assert found == json.loads((out / "scores.json").read_text())
    assert found["results"][0]["scores"]["overall"]["text_to_image"]["total"] == 18
    assert str(Path.home()) not in json.dumps(found)


def test_the_papers_suite_without_its_weights(mmvp: Mmvp, folder: Path) -> None:
    alone = mmvp("eval", "vlm", folder, "--suite", "paper")
    assert alone.code == 1
    assert alone.err.count("not run: open_clip:") == 10
    assert "cannot be reached" in alone.err
    assert "paper: DFN ViT-H-14" in alone.out
    beside = mmvp("eval", "vlm", folder, "--suite", "paper", "--encoder", "demo", "--json")
    assert beside.code == 0
    assert (len(beside.json["results"]), len(beside.json["not_run"])) == (1, 10)


def test_the_finished_pairs_of_a_workspace(mmvp: Mmvp, workspace: Path) -> None:
    with open_studio(settings_for(workspace, None)) as studio:
        for card in list_cards(studio.database)[:2]:
            complete(studio, card, text="Is the door open?", pattern="state")
    done = mmvp("eval", "vlm", "-w", workspace, "-e", "demo")
    assert done.code == 0, done.err
    assert "The statements of 2 of 2 pairs are made of their question and options." in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name an encoder"),
        (["--encoder", "clip"], "does not name an encoder"),
        (["--encoder", "demo", "--figures", "svg"], "--out"),
    ],
)
def test_bad_usage(mmvp: Mmvp, folder: Path, arguments: list[str], said: str) -> None:
    done = mmvp("eval", "vlm", folder, *arguments)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_one_encoder_of_several_that_cannot_read_texts(
    mmvp: Mmvp, folder: Path, specs: Specs
) -> None:
    done = mmvp("eval", "vlm", folder, "-e", "demo", "-e", specs.reference)
    assert done.code == 1
    assert "not run: hf:reference: it has no text tower." in done.err
    assert "open_clip:local-dir:clip on colours" in done.out


def test_the_demos_pictures(mmvp: Mmvp, tmp_path: Path) -> None:
    done = mmvp("eval", "demo-vlm", "--out", tmp_path / "demo", "--pairs", "1", "--control")
    assert done.code == 0, done.err
    assert len(list((tmp_path / "demo").rglob("*.jpg"))) == 20
    again = mmvp("eval", "demo-vlm", "--out", tmp_path / "demo")
    assert again.code == 1
    assert "not empty" in again.err


def test_encoders_and_multimodal_llms_are_correlated(mmvp: Mmvp, tmp_path: Path) -> None:
    made = benchmark(*[pair(number) for number in range(1, 10)])
    folder = export(made, "mmvp", tmp_path / "harbor", image_bytes=jpeg_source(made)).folder
    answers = tmp_path / "answers.jsonl"
    # right about all pairs of one pattern, about one of another, about none of the third
    right = {"text": {1, 4, 7}, "quantity": {2}}
    lines = [
        {"pair_id": one.pair_id, "image": side, "response": gold if knows else "a"}
        for one in made.pairs
        for knows in [any(one.pair_id in ids for ids in right.values())]
        for side, gold in (
            ("first", one.question.answer_first),
            ("second", one.question.answer_second),
        )
    ]
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    llm = mmvp("eval", "mllm", folder, "--model", f"answers:{answers}", "--name", "LLaVA-1.5",
               "--out", tmp_path / "llm")  # fmt: skip
    assert llm.code == 0, llm.err
    assert mmvp("eval", "vlm", folder, "-e", "demo", "--out", tmp_path / "vlm").code == 0
    asked = ("eval", "correlate", "--mllm", tmp_path / "llm/scores.json", "--resamples", "200")
    done = mmvp(*asked, "--out", tmp_path / "out", "--figures", "html")
    assert done.code == 0, done.err
    assert "OpenAI ViT-L-14 336" in done.out
    assert "3 patterns are 3 points" in done.out
    assert "The paper reports r > 0.7 for LLaVA-1.5; here LLaVA-1.5." in done.out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "correlations.json", "correlation-1.html", "correlation-2.html",
    }  # fmt: skip
    measured = mmvp(*asked, "--vlm", tmp_path / "vlm/scores.json", "--json").json["correlations"]
    assert [one["vlm"] for one in measured] == ["open_clip:local-dir:clip"]
    assert measured[0]["patterns"] == ["state", "quantity", "text"]
    nothing = mmvp("eval", "correlate", "--mllm", "published:GPT-4V")
    assert nothing.code == 1
    assert "no numbers by pattern are known" in nothing.err


def test_the_figures_say_what_the_scores_say() -> None:
    size = FigureSize.parse("180x110mm")
    (encoder,) = read_pattern_accuracies("published:OpenAI 224")
    llm = read_pattern_accuracies("published:EVA01")
    figure = correlation_figure(encoder, llm, [correlate(encoder, llm[0])], size)
    lines = {trace.name: trace for trace in figure.data}
    assert list(lines["OpenAI ViT-L-14 224"].y)[5] == pytest.approx(100 * 8 / 15)
    assert list(lines["EVA01 ViT-g-14 224"].x) == list(lines["OpenAI ViT-L-14 224"].y)
    assert len([name for name in lines if name.startswith("EVA01 ViT-g-14 224 (r = 0.")]) == 1


def test_the_figures_of_encoders(folder: Path) -> None:
    size = FigureSize.parse("180x110mm")
    found = evaluate_encoders(read_statements(folder), [blind_spec()])
    paper, own = patterns_figure(found, size).data
    assert len(paper.x) == 90
    shares = [one.text_to_image for one in found.results[0].scores.by_pattern.values()]
    assert list(own.x) == [100 * (share.value or 0) for share in shares]
    scale = {trace.name: trace for trace in scale_figure(found, size).data}
    assert len(scale["paper, ten models"].x) == 10
    assert list(scale["open_clip:local-dir:clip"].x) == [96]
