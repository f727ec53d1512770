"""Shared by the app's tests: pictures, tiny encoders, and a finished workspace of them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotator.cli import app
from tests.annotator.tiny_studio import (
    EVERY_PAIR,
    N_PICTURES,
    Answer,
    Mmvp,
    Specs,
    draw_picture,
    save_encoder,
    start_mmvp,
)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures, never changed: the finished workspace points at them."""
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(N_PICTURES):
        draw_picture(seed).save(folder / f"{seed:02d}.png")
    return folder


@pytest.fixture(scope="session")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Specs:
    """Untrained DINOv2 vision transformers, saved as a person would have them locally."""
    folder = tmp_path_factory.mktemp("encoders")
    small = {"hidden_size": 32, "num_hidden_layers": 2, "image_size": 28}
    slow = {"hidden_size": 96, "num_hidden_layers": 6, "image_size": 112}
    return Specs(
        blind=save_encoder(folder / "blind", seed=0, **small),
        reference=save_encoder(folder / "reference", seed=1, **small),
        slow=save_encoder(folder / "slow", seed=2, **slow),
    )


@pytest.fixture(scope="session")
def mmvp() -> Mmvp:
    """Runs a command in this process."""

    def run(*arguments: object) -> Answer:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process() -> Callable[..., Answer]:
    """Runs a command in a process of its own, to its end."""

    def run(*arguments: object, **environment: str) -> Answer:
        started = start_mmvp(arguments, **environment)
        out, err = started.communicate(timeout=120)
        return Answer(started.returncode, out, err)

    return run


@pytest.fixture(scope="session")
def built_workspace(
    tmp_path_factory: pytest.TempPathFactory, mmvp: Mmvp, pictures: Path, specs: Specs
) -> Path:
    """A workspace after `mmvp run`; read only, copy it with `workspace`."""
    root = tmp_path_factory.mktemp("built") / "workspace"
    done = mmvp("run", pictures, "-w", root, *specs.options, *EVERY_PAIR, "--no-serve")
    assert done.code == 0, done.err
    return root


@pytest.fixture
def workspace(built_workspace: Path, tmp_path: Path) -> Path:
    """A copy of the finished workspace, for this test alone."""
    return shutil.copytree(built_workspace, tmp_path / "workspace")
