"""Batches computed side by side: in order, the same vectors, and nothing left behind."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing

import numpy as np
import pytest
import torch

from embeddings import forwards
from embeddings.decoding import DecodedBatch
from embeddings.forwards import OutOfMemoryError, batches_at_once, embedded_batches
from tests.embeddings.test_embed import ProjectionEncoder

N_BATCHES = 7


def batches() -> Iterator[DecodedBatch]:
    """Of 0 to 3 images; those of none have only what was skipped."""
    for number in range(N_BATCHES):
        n = number % 4
        pixels = torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(number))
        keys = [f"{number}-{k}" for k in range(n)]
        yield DecodedBatch(keys, pixels if n else None, {} if n else {str(number): "broken"})


class Upside(ProjectionEncoder):
    """Which ends the first of two batches only after the second."""

    def __init__(self) -> None:
        super().__init__()
        self.second_done = threading.Event()

    def embed_images(self, batch: torch.Tensor) -> np.ndarray:
        if len(batch) == 1:
            assert self.second_done.wait(20)
        vectors = super().embed_images(batch)
        if len(batch) == 2:
            self.second_done.set()
        return vectors


@pytest.mark.parametrize("at_once", [1, 2, 3, 20])
def test_side_by_side_is_as_one_by_one(at_once: int) -> None:
    encoder = ProjectionEncoder()
    found = list(embedded_batches(encoder, batches(), at_once))
    assert [batch.keys for batch, _, _ in found] == [batch.keys for batch in batches()]
    for batch, vectors, waited in found:
        assert waited >= 0
        if batch.pixels is None:
            assert vectors is None
        else:
            assert vectors is not None
            expected = ProjectionEncoder().embed_images(batch.pixels)
            assert vectors.tobytes() == expected.tobytes()


def test_the_order_is_that_of_the_batches_whichever_is_done_first() -> None:
    found = list(embedded_batches(Upside(), batches(), 2))
    assert [len(batch.keys) for batch, _, _ in found] == [n % 4 for n in range(N_BATCHES)]


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_batch_too_large_is_told_and_nothing_runs_on(at_once: int) -> None:
    before, threads = threading.active_count(), torch.get_num_threads()
    encoder = ProjectionEncoder(largest_batch=2)
    with pytest.raises(OutOfMemoryError):
        list(embedded_batches(encoder, batches(), at_once))
    assert (threading.active_count(), torch.get_num_threads()) == (before, threads)


def test_whoever_stops_early_leaves_nothing_behind() -> None:
    before, threads = threading.active_count(), torch.get_num_threads()
    with closing(embedded_batches(ProjectionEncoder(), batches(), 3)) as found:
        next(found)
    assert (threading.active_count(), torch.get_num_threads()) == (before, threads)


class Counting(ProjectionEncoder):
    """Which notes how many threads a batch is computed with."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []

    def embed_images(self, batch: torch.Tensor) -> np.ndarray:
        vectors = super().embed_images(batch)
        self.threads.append(torch.get_num_threads())
        return vectors


def test_the_threads_are_shared_out_whatever_decoders_set() -> None:
    def decoded() -> Iterator[DecodedBatch]:
        decoder = threading.Thread(target=torch.set_num_threads, args=(1,))
        decoder.start()
        decoder.join()
        yield from batches()

    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        encoder = Counting()
        list(embedded_batches(encoder, decoded(), 2))
        assert encoder.threads == [2] * sum(batch.pixels is not None for batch in batches())
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


def test_a_gpu_computes_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = ProjectionEncoder()
    for threads, expected in ((1, 1), (2, 2), (3, 3), (16, 4)):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert batches_at_once(encoder) == expected
    encoder.device = "cuda:0"
    assert batches_at_once(encoder) == 1


def done(end: float) -> Future[forwards.Timed]:
    future: Future[forwards.Timed] = Future()
    future.set_result((None, end))
    return future


@pytest.mark.parametrize(
    ("running", "at_once", "idle"),
    [
        ([], 1, 10.0),
        ([], 2, 10.0),
        ([Future()], 2, 5.0),
        ([Future(), Future()], 2, 0.0),
        ([done(94.0)], 1, 6.0),
        ([done(94.0), Future()], 2, 3.0),
        ([done(80.0)], 1, 10.0),
    ],
)
def test_waiting_is_what_is_left_of_the_time_in_which_nothing_is_computed(
    monkeypatch: pytest.MonkeyPatch,
    running: list[Future[forwards.Timed]],
    at_once: int,
    idle: float,
) -> None:
    monkeypatch.setattr(forwards.time, "perf_counter", lambda: 100.0)
    assert forwards._idle_seconds(90.0, running, at_once) == idle
