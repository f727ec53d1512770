"""The encoders' thread: one task a key, the newest first, the unwanted dropped."""

import threading
import time
from pathlib import Path

import pytest

from annotator import encoders
from annotator.encoders import LoadedEncoders, Report
from annotator.errors import AppError
from annotator.settings import Settings
from annotator.studio import Studio
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.store import EmbeddingStore, StoreManifest
from tests.annotator.tiny_studio import Specs


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio.open(tmp_path / "workspace", Settings(annotator="Ann"))


@pytest.fixture
def loaded(studio: Studio) -> LoadedEncoders:
    return studio.shared(LoadedEncoders)


def wait(task: encoders.Task[int]) -> int | None:
    return task.answer(30)


def test_a_studio_has_one_of_each(studio: Studio, loaded: LoadedEncoders) -> None:
    assert studio.shared(LoadedEncoders) is loaded
    found: list[LoadedEncoders] = []
    threads = [
        threading.Thread(target=lambda: found.append(studio.shared(LoadedEncoders)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(map(id, found)) == {id(loaded)}


def test_one_key_is_computed_once_whoever_asks(loaded: LoadedEncoders) -> None:
    n_runs, gate = [], threading.Event()

    def work(_report: Report) -> int:
        n_runs.append(threading.current_thread().name)
        gate.wait(30)
        return 7

    found: list[int | None] = []
    askers = [
        threading.Thread(target=lambda: found.append(wait(loaded.ask("key", work))))
        for _ in range(6)
    ]
    for asker in askers:
        asker.start()
    gate.set()
    for asker in askers:
        asker.join()
    assert found == [7] * 6
    assert n_runs == ["encoders"]


def test_what_was_asked_for_last_comes_first(loaded: LoadedEncoders) -> None:
    order: list[str] = []
    started, gate = threading.Event(), threading.Event()

    def block(_report: Report) -> int:
        started.set()
        gate.wait(30)
        return 0

    loaded.ask("block", block)
    assert started.wait(30)

    def note(name: str):
        return lambda _report: order.append(name) or 1

    tasks = [loaded.ask(name, note(name)) for name in ("a", "b", "c")]
    loaded.ask("a", note("a"))
    gate.set()
    assert [wait(task) for task in tasks] == [1, 1, 1]
    assert order == ["a", "c", "b"]


def test_what_nobody_asks_for_any_more_is_given_up(
    loaded: LoadedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "SECONDS_WAITED_FOR", 0.05)

    def endless(report: Report) -> int:
        for step in range(100_000):
            report("counting", step, 100_000)
            time.sleep(0.005)
        return 0

    task = loaded.ask("endless", endless)
    with pytest.raises(AppError, match="nobody waited"):
        wait(task)
    assert loaded.find("endless") is None
    assert wait(loaded.ask("next", lambda _report: 3)) == 3


def test_progress_is_told_while_it_works(loaded: LoadedEncoders) -> None:
    reached, gate = threading.Event(), threading.Event()

    def work(report: Report) -> int:
        report("looking", 2, 5)
        reached.set()
        gate.wait(30)
        return 1

    task = loaded.ask("work", work)
    assert reached.wait(30)
    assert task.answer() is None
    assert task.state() == {"state": "working", "step": "looking", "done": 2, "total": 5}
    gate.set()
    assert wait(task) == 1


def test_an_error_is_an_answer_and_the_thread_lives_on(loaded: LoadedEncoders) -> None:
    def refuse(_report: Report) -> int:
        raise EmbeddingsError("not like this.")

    def burst(_report: Report) -> int:
        raise ZeroDivisionError("oops")

    with pytest.raises(EmbeddingsError, match="not like this"):
        wait(loaded.ask("refuse", refuse))
    with pytest.raises(EmbeddingsError, match=r"could not be computed: unexpected ZeroDivision"):
        wait(loaded.ask("burst", burst))
    assert wait(loaded.ask("fine", lambda _report: 2)) == 2


def test_old_results_are_forgotten(loaded: LoadedEncoders, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loaded.ask("first", lambda _report: 1)
    assert wait(first) == 1
    assert loaded.ask("first", lambda _report: 2) is first
    monkeypatch.setattr(encoders, "SECONDS_KEPT", -1.0)
    assert wait(loaded.ask("first", lambda _report: 2)) == 2


def manifest_for(studio: Studio, spec: str, digest: str) -> None:
    folder = studio.workspace.store(EncoderSpec.parse(spec).slug)
    EmbeddingStore.create(folder, StoreManifest(spec, 32, "x", digest, {}))


def digest_of(spec: str) -> str:
    from embeddings.encoder import load_encoder

    return load_encoder(spec).weights_digest


def test_two_encoders_are_kept_and_the_oldest_goes(
    studio: Studio, loaded: LoadedEncoders, specs: Specs
) -> None:
    for spec in (specs.blind, specs.reference, specs.slow):
        manifest_for(studio, spec, digest_of(spec))
    steps: list[str] = []

    def get(spec: str) -> int:
        def work(_report: Report) -> int:
            def report(step: str, *_: int) -> None:
                steps.append(step)

            return id(loaded.encoder(spec, report))

        found = wait(loaded.ask((spec, len(steps), time.monotonic()), work))
        assert found is not None
        return found

    first = get(specs.blind)
    assert get(specs.blind) == first
    get(specs.reference)
    assert len(steps) == 2
    get(specs.slow)  # the blind one goes
    get(specs.reference)
    assert len(steps) == 3
    get(specs.blind)
    assert steps == ["loading the encoder"] * 4


def test_other_weights_or_no_vectors_or_no_model_are_said(
    studio: Studio, loaded: LoadedEncoders, specs: Specs, tmp_path: Path
) -> None:
    def ask(spec: str) -> int | None:
        return wait(loaded.ask(spec, lambda report: bool(loaded.encoder(spec, report))))

    manifest_for(studio, specs.blind, "0" * 64)
    with pytest.raises(AppError, match="weights are other ones"):
        ask(specs.blind)
    with pytest.raises(AppError, match="nothing is embedded"):
        ask(specs.reference)
    gone = f"hf:{tmp_path / 'gone'}"
    with pytest.raises(EmbeddingsError, match="no such folder"):
        ask(gone)
