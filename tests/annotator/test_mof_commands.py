"""`mmvp mof train` and `mmvp mof results` as a person types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotator.cli import app
from tests.tiny_mof import save_language_model, write_conversations, write_recipe


def measured(value: float, gain: float | None) -> dict[str, object]:
    return {
        "value": value, "low": value - 0.02, "high": value + 0.03, "by_seed": [value],
        "gain": gain, "gain_low": gain and gain - 0.01, "gain_high": gain and gain + 0.01,
    }  # fmt: skip


@pytest.fixture(name="file")
def results_file(tmp_path: Path) -> Path:
    found = [
        ("blind alone", 0.0, 0.06, 0.62),
        ("A-MoF 0.75", 0.75, 0.2, 0.6),
        ("I-MoF", None, 0.3, 0.66),
    ]
    document = {
        "seeds": 1, "pairs": 40, "instruction_questions": 300, "caption_alone": 0.8,
        "facts": {"seen": "vector"},
        "settings": [
            {
                "name": name, "reference_share": share,
                "mmvp": measured(mmvp, None if share == 0 else mmvp - 0.06),
                "instruction": measured(told, None if share == 0 else told - 0.62),
            }
            for name, share, mmvp, told in found
        ],
        "published": [
            {"model": "LLaVA", "name": "A-MoF 0.75", "mmvp": 18.7, "instruction": 75.8},
            {"model": "LLaVA-1.5", "name": "I-MoF", "mmvp": 28.0, "instruction": None},
        ],
    }  # fmt: skip
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_results_stand_beside_the_papers(file: Path) -> None:
    done = CliRunner().invoke(app, ["mof", "results", str(file), "--markdown"])
    assert done.exit_code == 0, done.output
    row = next(line for line in done.output.splitlines() if line.startswith("| A-MoF 0.75"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "A-MoF 0.75", "20.0", "18.0 to 23.0", "+14.0", "+13.0 to +15.0",
        "60.0", "58.0 to 63.0", "-2.0", "-3.0 to -1.0", "18.7", "75.8",
    ]  # fmt: skip
    assert "seen: vector" in done.output


def test_results_are_drawn(file: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.html"
    done = CliRunner().invoke(app, ["mof", "results", str(file), "--plot", str(plot), "--json"])
    assert done.exit_code == 0, done.output
    page = plot.read_text(encoding="utf-8")
    assert "share of the reference" in page
    assert "I-MoF" in page
    assert json.loads(done.stdout)["pairs"] == 40


def test_what_is_no_result_is_refused_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "else.json"
    file.write_text("[]", encoding="utf-8")
    done = CliRunner().invoke(app, ["mof", "results", str(file)])
    assert done.exit_code == 1
    assert "no results of mmvp mof experiment" in done.output


def test_a_recipe_is_trained_by_command(tmp_path: Path) -> None:
    language = save_language_model(tmp_path / "language")
    recipe = write_recipe(write_conversations(tmp_path / "data"), language)
    out = tmp_path / "out"
    command = ["mof", "train", "--recipe", str(recipe), "-o", str(out), "--device", "cpu"]
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["model"] == str(out / "model")
    assert (out / "model" / "config.json").is_file()


def test_a_recipe_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[model]\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["mof", "train", "--recipe", str(recipe), "-o", str(tmp_path)])
    assert done.exit_code == 1
    assert "model.language" in done.output
