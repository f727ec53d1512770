"""`mmvp patterns discover` as a person runs it: offline, with a model, into the workspace."""

import json
from pathlib import Path

import pytest

from annotator.cli.options import open_studio, settings_for
from annotator.patterns import workspace_patterns
from db.pairs import list_cards
from evaluation.formats import export
from tests.annotator.tiny_studio import Mmvp
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair
from tests.evaluation.chat_server import Asked, ChatServer, serving
from tests.mapped_workspace import complete

DISCOVER = ("patterns", "discover")


@pytest.fixture(name="folder")
def exported_folder(tmp_path: Path) -> Path:
    made = benchmark(*[pair(number) for number in range(1, 10)])
    return export(made, "mmvp", tmp_path / "harbor", image_bytes=jpeg_source(made)).folder


def test_offline_from_a_folder(mmvp: Mmvp, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    done = mmvp(*DISCOVER, folder, "--offline", "--patterns", "3", "--out", out)
    assert done.code == 0, done.err
    assert "9 questions of Harbor, by clusters of words" in done.out
    assert "adjusted Rand 1.00" in done.out, "nine copies of three questions"
    found = json.loads(out.read_text())
    assert [len(one["members"]) for one in found["patterns"]] == [3, 3, 3]
    again = mmvp(*DISCOVER, folder, "--offline", "--patterns", "3", "--json")
    assert again.json == found


def test_a_model_names_patterns_that_the_workspace_takes_over(
    mmvp: Mmvp, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMVP_LLM_API_KEY", "sk-secret")
    with open_studio(settings_for(workspace, None)) as studio:
        ids = [card.id for card in list_cards(studio.database)[:4]]
        for card in list_cards(studio.database)[:4]:
            complete(studio, card, text="Is the water smooth?", pattern="state")

    def says(asked: Asked) -> str:
        if '"assignments"' in asked.prompt:
            given = [{"pair": n, "pattern": "Reflections", "confidence": 0.8} for n in ids[1:]]
            none = {"pair": ids[0], "pattern": "none", "confidence": 0.5}
            return json.dumps({"assignments": [*given, none]})
        proposed = [
            {"name": "Reflections", "definition": "What a surface mirrors."},
            {"name": "Texts", "definition": "What is written."},
        ]
        return json.dumps({"patterns": proposed})

    with serving(ChatServer(says)) as server:
        asked = (*DISCOVER, "-w", workspace, "--base-url", server.url, "--model", "tiny")
        done = mmvp(*asked, "--apply")
        again = mmvp(*asked, "--apply")
    assert done.code == 0, done.err
    assert "(none fits)" in done.out
    assert "added to the workspace: Reflections" in done.err
    assert "nothing new" in again.err
    assert len(server.asked) == 2, "the second run paid for nothing"
    assert {one.key for one in server.asked} == {"Bearer sk-secret"}
    with open_studio(settings_for(workspace, None)) as studio:
        patterns = workspace_patterns(studio)
        assert patterns.slugs[-1] == "reflections"
        assert len(patterns) == 10, "the paper has Texts already"
        cards = {card.id: card for card in list_cards(studio.database)}
    annotation = cards[ids[1]].annotation
    assert annotation is not None
    assert annotation.question is not None
    assert annotation.question.pattern == "state", "nobody's word is changed"


def test_the_prompts_can_be_had(mmvp: Mmvp, folder: Path, tmp_path: Path) -> None:
    shown = mmvp(*DISCOVER, "--show-prompt")
    own = tmp_path / "own.toml"
    own.write_text(shown.out.replace("photographs", "drawings"))
    with serving(ChatServer(lambda _: "no")) as server:
        done = mmvp(*DISCOVER, folder, "--base-url", server.url, "--model", "tiny", "--prompt", own)
    assert done.code == 1
    assert "the model's answer cannot be read: it is not JSON" in done.err
    assert "pairs of drawings" in server.asked[0].prompt


@pytest.mark.parametrize("arguments", [[], ["--offline", "--model", "tiny"], ["--model", "tiny"]])
def test_bad_usage(mmvp: Mmvp, folder: Path, arguments: list[str]) -> None:
    assert mmvp(*DISCOVER, folder, *arguments).code == 2
