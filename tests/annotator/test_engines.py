"""Embedding by several processes and on a local Ray: the store of one process, byte for byte."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from annotator.cli.options import open_studio, settings_for
from embeddings.encoder import EncoderSpec
from embeddings.store import EmbeddingStore
from tests.annotator.tiny_studio import ROOT, Answer, Mmvp, Specs

SHARDS = ("--shard-size", "3", "--batch-size", "2")
TORCHRUN = Path(sys.executable).with_name("torchrun")


@pytest.fixture
def indexed(pictures: Path, mmvp: Mmvp, tmp_path: Path) -> Path:
    """A workspace of seventeen pictures, one of them broken since it was indexed."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in sorted(pictures.iterdir())[:17]:
        shutil.copy(path, folder)
    assert mmvp("index", folder, "-w", tmp_path / "one").code == 0
    broken = folder / "05.png"
    status = broken.stat()
    broken.write_bytes(broken.read_bytes()[::-1])
    os.utime(broken, ns=(status.st_atime_ns, status.st_mtime_ns))
    return tmp_path / "one"


def embed(workspace: Path, specs: Specs) -> tuple[str, ...]:
    return ("embed", "-w", str(workspace), *specs.options, *SHARDS)


def with_torchrun(command: tuple[str, ...], n: int = 2) -> "subprocess.Popen[str]":
    started = [TORCHRUN, "--standalone", "--nproc-per-node", str(n), "--no-python", sys.executable]
    return subprocess.Popen(
        [*map(str, started), "-m", "annotator.cli", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(started: "subprocess.Popen[str]") -> Answer:
    out, err = started.communicate(timeout=240)
    return Answer(started.returncode, out, err)


def store(workspace: Path, spec: str) -> Path:
    return workspace / "embeddings" / EncoderSpec.parse(spec).slug


def digests(workspace: Path, specs: Specs) -> dict[str, str]:
    """Of every file of both stores but the lock."""
    return {
        f"{spec}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for spec in (specs.blind, specs.reference)
        for path in sorted(store(workspace, spec).iterdir())
        if not path.name.startswith(".")
    }


def test_processes_of_torchrun_make_the_same_store(
    indexed: Path, specs: Specs, tmp_path: Path, process: Callable[..., Answer]
) -> None:
    other = shutil.copytree(indexed, tmp_path / "other")
    alone = process(*embed(indexed, specs))
    assert alone.code == 0, alone.err
    done = finished(with_torchrun(embed(other, specs)))
    assert done.code == 0, done.err
    assert done.out.count("16 embedded") == 2, "one process speaks, and each encoder has its line"
    assert "1 skipped" in done.out
    assert len(digests(other, specs)) == 2 * (6 + 1)
    assert digests(other, specs) == digests(indexed, specs)
    again = finished(with_torchrun(embed(other, specs)))
    assert again.code == 0, again.err
    assert digests(other, specs) == digests(indexed, specs)


def test_a_killed_run_is_finished_by_another_number_of_processes(
    indexed: Path, specs: Specs, tmp_path: Path, process: Callable[..., Answer]
) -> None:
    other = shutil.copytree(indexed, tmp_path / "other")
    assert process(*embed(indexed, specs)).code == 0
    started = with_torchrun(embed(other, specs), 3)
    deadline = time.monotonic() + 120
    while not list(store(other, specs.blind).glob("shard-*.npz")):
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    done = finished(with_torchrun(embed(other, specs)))
    assert done.code == 0, done.err
    assert digests(other, specs) == digests(indexed, specs)


def test_what_is_wrong_is_said_once_and_ends_all(specs: Specs, tmp_path: Path) -> None:
    done = finished(with_torchrun(embed(tmp_path / "nowhere", specs)))
    assert done.code != 0
    assert done.err.count("there is no workspace here") == 1


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_a_local_ray_makes_the_same_store(
    indexed: Path, specs: Specs, tmp_path: Path, process: Callable[..., Answer]
) -> None:
    other = shutil.copytree(indexed, tmp_path / "other")
    assert process(*embed(indexed, specs)).code == 0
    started = [*embed(other, specs), "--engine", "ray"]
    done = process(*started)
    assert done.code == 0, done.err
    assert "16 embedded" in done.out
    assert digests(other, specs) == digests(indexed, specs)


def test_without_ray_it_says_how_to_get_it(
    indexed: Path, specs: Specs, mmvp: Mmvp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    done = mmvp(*embed(indexed, specs), "--engine", "ray")
    assert done.code == 1
    assert "Ray is not installed" in done.err
    assert "mmvp-studio[ray]" in done.err
    with open_studio(settings_for(indexed, None)) as studio:
        assert not EmbeddingStore.exists(
            studio.workspace.store(EncoderSpec.parse(specs.blind).slug)
        )
