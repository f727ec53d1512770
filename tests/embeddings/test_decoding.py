"""Decoding ahead of the encoder: threads and processes give the same batches."""

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from embeddings.decoding import DecodedBatch, Images, decode_batches
from embeddings.errors import EmbeddingsError
from tests.embeddings.pictures import encoded, noise, write
from tests.embeddings.test_embed import ProjectionEncoder, keyed


class Murderous(ProjectionEncoder):
    """Its preprocessing ends the process that it runs in."""

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        del image
        os._exit(9)


@pytest.fixture
def batches(tmp_path: Path) -> list[Images]:
    images = keyed([write(tmp_path / f"{i}.png", encoded(noise(i), "PNG")) for i in range(11)])
    images[5][1].write_bytes(b"no picture")
    broken = keyed([images[5][1]])
    return [images[:5], [*broken, *images[6:9]], broken, images[9:]]


def decoded(batches: list[Images], *, in_processes: bool) -> list[DecodedBatch]:
    encoder = ProjectionEncoder()
    found = decode_batches(encoder, batches, max_pixels=10**6, workers=2, in_processes=in_processes)
    return list(found)


def test_processes_decode_as_threads_do(batches: list[Images]) -> None:
    threads, processes = (decoded(batches, in_processes=choice) for choice in (False, True))
    assert [len(batch.keys) for batch in threads] == [5, 3, 0, 2]
    for one, other in zip(threads, processes, strict=True):
        assert (one.keys, one.skipped) == (other.keys, other.skipped)
        if one.pixels is None or other.pixels is None:
            assert one.pixels is other.pixels
        else:
            assert one.pixels.numpy().tobytes() == other.pixels.numpy().tobytes()
            assert other.pixels.dtype == torch.float32
    assert list(processes[1].skipped) == list(processes[2].skipped) != []


def test_a_killed_process_is_told(batches: list[Images]) -> None:
    found = decode_batches(Murderous(), batches[:1], max_pixels=10**6, workers=2, in_processes=True)
    with pytest.raises(EmbeddingsError, match="was killed"):
        list(found)
