"""Jobs: real commands in real processes, their progress, end, failure, cancelling and restart."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.jobs import Job, Jobs, JobState
from annotator.jobs.kinds import CompareWish, MapOptions, MapWish
from annotator.pipeline.layouts import layout_versions
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.spaces import chosen_roles, embedded_encoders
from annotator.studio import Studio
from db.pairs import current_run
from tests.annotator.tiny_studio import N_PICTURES, ROOT

PATIENCE_S = 120


@pytest.fixture(autouse=True)
def _same_code_in_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def studio(workspace: Path) -> Iterator[Studio]:
    with Studio.open(workspace, Settings(annotator="Ann")) as opened:
        yield opened
        opened.shared(Jobs).stop()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_routes(studio)) as opened:
        yield opened


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def ended(client: TestClient, job_id: str) -> dict[str, Any]:
    until(lambda: client.get(f"/api/jobs/{job_id}").json()["state"] != "running")
    found: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
    return found


def a_map(**options: object) -> dict[str, object]:
    return {"kind": "map", "options": {"kind": "umap", "n_neighbors": 5, **options}}


def never_ending(jobs: Jobs, monkeypatch: pytest.MonkeyPatch, *, stubborn: bool = False) -> Job:
    """A job whose command waits; a stubborn one does not hear that it should stop."""
    code = "import signal, sys, time\n"
    code += "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else ""
    code += 'print(\'{"step": "waiting", "done": 1, "total": 4}\', file=sys.stderr, flush=True)\n'
    code += "time.sleep(600)\n"
    script = jobs._studio.workspace.root / "waits.py"
    script.write_text(f"#!{os.sys.executable}\n{code}")
    script.chmod(0o755)
    monkeypatch.setattr("annotator.jobs.processes.sys.executable", str(script))
    job, is_new = jobs.start(MapWish(kind="map", options=MapOptions()))
    assert is_new
    until(lambda: (found := jobs.get(job.id)) is not None and found.step == "waiting")
    return job


def test_a_map_is_made_and_its_progress_told(studio: Studio, client: TestClient) -> None:
    before = len(layout_versions(studio, chosen_roles(studio)))
    answer = client.post("/api/jobs", json=a_map(name="five"))
    assert answer.status_code == 201
    job = answer.json()
    assert (job["kind"], job["state"], job["result"]) == ("map", "running", None)
    done = ended(client, job["id"])
    assert done["state"] == "done", done
    assert done["result"]["n_images"] == N_PICTURES
    assert done["message"] == f"Layout {before + 1} of {N_PICTURES} images."
    assert (done["done"], done["total"]) == (500, 500)
    assert done["step"] == "reference: layout"
    newest = layout_versions(studio, chosen_roles(studio))[0]
    assert (newest.number, newest.name) == (before + 1, "five")
    listed = client.get("/api/jobs").json()
    assert [one["id"] for one in listed] == [job["id"]]
    assert "log" not in listed[0]
    assert not list(studio.workspace.jobs.glob("*.lock"))


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "mine", "options": {"blind_min": -1, "reference_max": 1, "limit": 7}},
        {"kind": "compare"},
        {"kind": "matrix", "options": {"blind_min": 0.5, "reference_max": 0.9}},
    ],
)
def test_the_other_kinds_are_done(studio: Studio, client: TestClient, wish: dict[str, Any]) -> None:
    done = ended(client, client.post("/api/jobs", json=wish).json()["id"])
    assert done["state"] == "done", done
    assert done["message"]
    if wish["kind"] == "mine":
        run = current_run(studio.database)
        assert run is not None
        assert (run.id, run.n_pairs) == (done["result"]["run_id"], 7)


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "map", "options": {"n_neighbors": 1}},
        {"kind": "map", "options": {"kind": "tsne"}},
        {"kind": "map", "options": {"workspace": "/"}},
        {"kind": "mine", "options": {"blind_min": 2}},
        {"kind": "compare", "options": {"blind_min": 0.9}},
        {"kind": "embed"},
        {},
    ],
)
def test_what_is_no_job_is_refused(client: TestClient, wish: dict[str, Any]) -> None:
    assert client.post("/api/jobs", json=wish).status_code == 422
    assert client.get("/api/jobs").json() == []


def test_unknown_encoders_and_jobs_are_refused(client: TestClient) -> None:
    answer = client.post("/api/jobs", json=a_map(blind="nobody"))
    assert (answer.status_code, "nobody" in answer.json()["message"]) == (400, True)
    for job_id in ("0" * 12, "..%2fencoders"):
        assert client.get(f"/api/jobs/{job_id}").status_code == 404
        assert client.delete(f"/api/jobs/{job_id}").status_code == 404


def test_the_chosen_encoders_reach_the_command(studio: Studio, client: TestClient) -> None:
    roles = chosen_roles(studio)
    slug_of = {each.spec: each.slug for each in embedded_encoders(studio)}
    swapped = {"blind": slug_of[roles.reference], "reference": slug_of[roles.blind]}
    done = ended(client, client.post("/api/jobs", json=a_map(**swapped)).json()["id"])
    assert done["result"]["blind_encoder"] == roles.reference
    assert client.get("/api/map.json", params=swapped).json()["layout"] == "1"


def test_a_second_start_gets_the_running_job(
    studio: Studio, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = never_ending(studio.shared(Jobs), monkeypatch)
    answer = client.post("/api/jobs", json=a_map(seed=7))
    assert (answer.status_code, answer.json()["id"]) == (200, job.id)
    assert (answer.json()["done"], answer.json()["total"]) == (1, 4)
    other, is_new = studio.shared(Jobs).start(CompareWish(kind="compare"))
    assert is_new
    assert other.id != job.id


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_cancelled_job_is_gone(
    studio: Studio, client: TestClient, monkeypatch: pytest.MonkeyPatch, stubborn: bool
) -> None:
    monkeypatch.setattr("annotator.jobs.processes.SECONDS_TO_STOP", 0.5)
    job = never_ending(studio.shared(Jobs), monkeypatch, stubborn=stubborn)
    answer = client.delete(f"/api/jobs/{job.id}").json()
    assert (answer["state"], answer["message"]) == ("cancelled", "Cancelled.")
    with pytest.raises(ProcessLookupError):
        os.kill(job.pid, 0)
    assert client.delete(f"/api/jobs/{job.id}").json()["ended_at"] == answer["ended_at"]


def test_a_real_command_is_cancelled(studio: Studio, client: TestClient) -> None:
    job = client.post("/api/jobs", json=a_map(seed=99)).json()
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["step"] != "")
    state = client.delete(f"/api/jobs/{job['id']}").json()["state"]
    assert state in {"cancelled", "done"}
    made = [one for one in layout_versions(studio, chosen_roles(studio))]
    assert (99 in [one.parameters["seed"] for one in made]) == (state == "done")


def test_a_failure_says_why_in_one_line(studio: Studio, client: TestClient) -> None:
    for store in studio.workspace.embeddings.iterdir():
        for shard in store.glob("*.npy"):
            shard.write_bytes(b"torn")
        for shard in store.glob("*.npz"):
            shard.write_bytes(b"torn")
    failed = ended(client, client.post("/api/jobs", json=a_map(seed=3)).json()["id"])
    assert failed["state"] == "failed", failed
    assert failed["message"]
    assert "\n" not in failed["message"]
    assert not failed["message"].startswith("mmvp:")
    assert failed["result"] is None
    assert failed["log"]


def test_a_job_that_the_system_kills_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = studio.shared(Jobs)
    job = never_ending(jobs, monkeypatch)
    os.killpg(job.pid, signal.SIGKILL)
    until(lambda: (found := jobs.get(job.id)) is not None and found.ended)
    found = jobs.get(job.id)
    assert found is not None
    assert (found.state, "memory" in found.message) == (JobState.failed, True)


def test_another_server_sees_the_job_run_and_be_interrupted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = never_ending(studio.shared(Jobs), monkeypatch)
    other = Jobs(studio)
    seen = other.get(job.id)
    assert seen is not None
    assert seen.state is JobState.running
    again, is_new = other.start(MapWish(kind="map"))
    assert (again.id, is_new) == (job.id, False)
    path = studio.workspace.jobs / f"{job.id}.json"
    as_left = path.read_bytes()
    os.killpg(job.pid, signal.SIGKILL)
    until(lambda: (found := studio.shared(Jobs).get(job.id)) is not None and found.ended)
    path.write_bytes(as_left)  # as a server that was killed with its job leaves it
    found = Jobs(studio).get(job.id)
    assert found is not None
    assert (found.state, found.ended_at is not None) == (JobState.interrupted, True)
    _, is_new = Jobs(studio).start(CompareWish(kind="compare"))
    assert is_new


def test_another_server_can_cancel(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    job = never_ending(studio.shared(Jobs), monkeypatch)
    cancelled = Jobs(studio).cancel(job.id)
    assert cancelled is not None
    assert cancelled.state is JobState.cancelled


def test_a_server_that_ends_takes_its_jobs_along(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = never_ending(studio.shared(Jobs), monkeypatch)
    studio.shared(Jobs).stop()
    with pytest.raises(ProcessLookupError):
        os.kill(job.pid, 0)
    found = Jobs(studio).get(job.id)
    assert found is not None
    assert found.state is JobState.interrupted


def test_damaged_files_are_no_jobs(studio: Studio, client: TestClient) -> None:
    (studio.workspace.jobs / f"{'a' * 12}.json").write_text("{torn")
    (studio.workspace.jobs / f"{'b' * 12}.json").write_text("{}")
    assert client.get("/api/jobs").json() == []
