"""Encoders on the Results page: kept, scored on the questions of now, beside the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy.stats import pearsonr

from annotator.results import Results
from annotator.server import create_routes
from annotator.studio import Studio
from evaluation.vlm.evaluation import VlmEvaluation, VlmResult
from evaluation.vlm.kept import keep, read_kept
from evaluation.vlm.pairs import StatementSet, from_questions
from evaluation.vlm.scores import score_cosines
from tests.annotator.people import id_of, logged_in, open_shared
from tests.answering import ask_all_pairs, keep_answers, reword, skilled, wrong

N_PAIRS = 36


def measured(statements: StatementSet, spec: str, seed: int) -> VlmResult:
    """An encoder that answers by chance."""
    cosines = np.random.default_rng(seed).random((len(statements.pairs), 2, 2), np.float32)
    return VlmResult(
        spec=spec,
        name=spec,
        image_size=224,
        parameters_millions=86.0,
        weights_digest=spec,
        scores=score_cosines(statements, cosines),
        published=None,
        cosines=cosines,
    )


def keep_encoders(studio: Studio) -> list[VlmResult]:
    statements = from_questions(studio.shared(Results).asked().questions)
    results = [measured(statements, f"open_clip:{seed}", seed) for seed in (1, 2)]
    evaluation = VlmEvaluation(
        benchmark=statements.name,
        n_pairs=len(statements.pairs),
        n_written=0,
        patterns=statements.patterns,
        results=results,
        not_run={},
    )
    keep(studio.workspace.results / "encoders", evaluation, statements)
    return results


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path, n_pairs=N_PAIRS) as opened:
        ask_all_pairs(opened, id_of(opened, "Ann"))
        keep_answers(opened, "able", skilled(0.8, 3))
        keep_answers(opened, "never", wrong)
        yield opened


@pytest.fixture
def rita(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Rita")


def encoders(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/results/encoders")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_before_any_encoder_was_run(rita: TestClient) -> None:
    found = encoders(rita)
    assert (found["encoders"], found["correlations"], found["problems"]) == ([], [], [])
    assert len(found["published"]) == 10
    for kind in ("encoders", "scale", "correlation"):
        answer = rita.post(f"/api/results/figures/{kind}.json", json={})
        assert answer.status_code == 400
        assert "mmvp eval vlm" in answer.text


def test_the_scores_are_those_that_were_measured(studio: Studio, rita: TestClient) -> None:
    kept = {one.spec: one for one in keep_encoders(studio)}
    found = encoders(rita)
    shares = [one["overall"]["text_to_image"]["value"] for one in found["encoders"]]
    assert shares == sorted(shares, reverse=True)
    for one in found["encoders"]:
        scores = kept[one["spec"]].scores
        assert one["overall"]["group"]["n"] == scores.overall.group.n
        assert one["unseen"] == 0
        assert {slug: share["n"] for slug, share in one["by_pattern"].items()} == {
            slug: accuracy.text_to_image.n for slug, accuracy in scores.by_pattern.items()
        }


def test_a_reworded_question_is_unseen_and_a_new_pattern_counts(
    studio: Studio, rita: TestClient
) -> None:
    keep_encoders(studio)
    before = encoders(rita)["encoders"]
    reword(studio, 3, id_of(studio, "Ann"), "How many doors?", options=("One", "Two"))
    after = encoders(rita)["encoders"]
    assert [one["unseen"] for one in after] == [1, 1]
    assert [one["overall"]["single"]["total"] for one in after] == [2 * (N_PAIRS - 1)] * 2
    assert [one["overall"]["single"]["total"] for one in before] == [2 * N_PAIRS] * 2


def test_correlations_are_scipys(studio: Studio, rita: TestClient) -> None:
    keep_encoders(studio)
    found = encoders(rita)
    board = rita.get("/api/results").json()
    models = {run["model"]: run["scores"]["by_pattern"] for run in board["runs"]}
    able = [one for one in found["correlations"] if one["mllm"] == "able"]
    assert len(able) == 2
    for one in able:
        encoder = next(each for each in found["encoders"] if each["spec"] == one["vlm"])
        x = [encoder["by_pattern"][slug]["value"] for slug in one["patterns"]]
        y = [models["able"][slug]["pair"]["value"] for slug in one["patterns"]]
        assert one["pearson"]["value"] == pytest.approx(pearsonr(x, y).statistic)
    never = [one for one in found["correlations"] if one["mllm"] == "never"]
    assert all(one["pearson"] is None for one in never), "no accuracy but one"


@pytest.mark.parametrize("kind", ["encoders", "scale", "correlation"])
def test_figures_are_drawn(studio: Studio, rita: TestClient, kind: str) -> None:
    keep_encoders(studio)
    wish = {"encoder": "open_clip:2"}
    figure = rita.post(f"/api/results/figures/{kind}.json", json=wish).json()
    assert "open_clip:2" in str(figure["data"])
    assert ("open_clip:1" in str(figure["data"])) is (kind != "correlation")


@pytest.mark.parametrize("content", ["", "{}", '{"version": 1}', '{"version": 2}', "[1]"])
def test_a_damaged_file_hides_no_other(studio: Studio, rita: TestClient, content: str) -> None:
    keep_encoders(studio)
    folder = studio.workspace.results / "encoders"
    path = sorted(folder.iterdir())[0]
    lost = read_kept(path).result.spec
    path.write_text(content)
    found = encoders(rita)
    assert [one["spec"] for one in found["encoders"]] == list(
        {"open_clip:1", "open_clip:2"} - {lost}
    )
    assert path.name in found["problems"][0]


def test_the_same_encoder_takes_its_own_place(studio: Studio) -> None:
    keep_encoders(studio)
    keep_encoders(studio)
    assert len(list((studio.workspace.results / "encoders").iterdir())) == 2
