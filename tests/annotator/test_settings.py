"""Settings come from the environment, and nothing calls home unless a person says so."""

import os
from pathlib import Path

import pytest

from annotator.errors import AppError, explain
from annotator.settings import Settings, keep_private, load_settings
from annotator.studio import Studio
from embeddings.errors import EmbeddingsError


def test_defaults_suit_one_person_on_a_laptop() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.workspace == Path("mmvp-workspace")
    assert settings.target_pairs == 150
    assert settings.annotator
    assert not settings.analytics


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMVP_PORT", "8001")
    monkeypatch.setenv("MMVP_HOST", "localhost")
    settings = load_settings(port=8002, host=None)
    assert (settings.port, settings.host) == (8002, "localhost")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMVP_WORKSPACE", "")
    assert load_settings().workspace == Path("mmvp-workspace")


@pytest.mark.parametrize(
    ("name", "value"), [("MMVP_PORT", "many"), ("MMVP_PORT", "70000"), ("MMVP_MAX_PIXELS", "0")]
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(AppError) as caught:
        load_settings()
    assert caught.value.where == name


def test_settings_cannot_change_under_a_running_server() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


def test_nothing_calls_home_unless_a_person_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "unset")
    keep_private(Settings(analytics=True))
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "unset"
    keep_private(Settings())
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "1"


def test_a_studio_makes_its_workspace_unless_told_not_to(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="mmvp run"):
        Studio.open(tmp_path / "studio", create=False)
    assert not (tmp_path / "studio").exists()
    with Studio.open(tmp_path / "studio") as studio:
        assert studio.workspace.exists()
    with Studio.open(tmp_path / "studio", create=False) as studio:
        assert studio.database.is_sqlite


def test_a_studio_takes_another_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    with Studio.open(tmp_path / "studio", database_url=url) as studio:
        assert (tmp_path / "elsewhere.db").exists()
        assert not studio.workspace.database_path.exists()


def test_our_errors_are_explained_as_they_are_and_others_by_kind() -> None:
    ours = EmbeddingsError("is torn.", where="a\nb.jpg", hint="Mend it.")
    assert explain(ours) == "a b.jpg: is torn. Mend it."
    assert explain(ValueError("odd\nthing")) == "unexpected ValueError: odd thing"
    assert explain(FileNotFoundError(2, "No such file", "x.jpg")) == "x.jpg: No such file"
    assert explain(RuntimeError()) == "unexpected RuntimeError"
