"""Decoding ahead of the encoder: threads and processes give the same batches."""

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from embeddings.decoding import DecodedBatch, decode_batches
from embeddings.errors import EmbeddingsError
from embeddings.images import Images
from tests.embeddings.pictures import encoded, noise, write
from tests.embeddings.test_embed import ProjectionEncoder, keyed


class Murderous(ProjectionEncoder):
    """Its preprocessing ends every process but the first that it runs in."""

    def __init__(self) -> None:
        super().__init__()
        self.process = os.getpid()

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        if os.getpid() != self.process:
            os._exit(9)
        return super().preprocess(image)


class Uneven(ProjectionEncoder):
    """Whose input has another shape for all but one size of picture."""

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        pixels = super().preprocess(image)
        return pixels if image.size == (64, 48) else pixels[:, :5]


@pytest.fixture
def batches(tmp_path: Path) -> list[Images]:
    images = keyed([write(tmp_path / f"{i}.png", encoded(noise(i), "PNG")) for i in range(11)])
    images[5][1].write_bytes(b"no picture")
    broken = keyed([images[5][1]])
    return [images[:5], [*broken, *images[6:9]], broken, images[9:]]


def decoded(
    batches: list[Images], encoder: ProjectionEncoder, *, in_processes: bool
) -> list[DecodedBatch]:
    found = decode_batches(encoder, batches, max_pixels=10**6, workers=2, in_processes=in_processes)
    return list(found)


@pytest.mark.parametrize("encoder", [ProjectionEncoder(), Uneven()], ids=["shared", "piped"])
def test_processes_decode_as_threads_do(batches: list[Images], encoder: ProjectionEncoder) -> None:
    flat = [image for batch in batches for image in batch]
    for some in (batches, batches[::-1], [flat[:2], flat, flat[2:], flat[:3]] * 3, []):
        threads, processes = (decoded(some, encoder, in_processes=way) for way in (False, True))
        assert len(threads) == len(processes) == len(some)
        for one, other in zip(threads, processes, strict=True):
            assert (one.keys, one.skipped) == (other.keys, other.skipped)
            if one.pixels is None or other.pixels is None:
                assert one.pixels is other.pixels
            else:
                assert one.pixels.shape == other.pixels.shape
                assert one.pixels.numpy().tobytes() == other.pixels.numpy().tobytes()
                assert other.pixels.dtype == torch.float32


def test_what_cannot_be_read_is_skipped_with_its_reason(batches: list[Images]) -> None:
    found = decoded(batches, ProjectionEncoder(), in_processes=True)
    assert [len(batch.keys) for batch in found] == [5, 3, 0, 2]
    assert list(found[1].skipped) == list(found[2].skipped) != []


def test_a_killed_process_is_told(batches: list[Images]) -> None:
    found = decode_batches(Murderous(), batches[:1], max_pixels=10**6, workers=2, in_processes=True)
    with pytest.raises(EmbeddingsError, match="was killed"):
        list(found)
