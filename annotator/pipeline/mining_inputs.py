"""What mining reads and keeps in the workspace: the vectors, and a journal to go on from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.vectors import EmbeddedImages
from annotator.studio import Studio
from embeddings.encoder import EncoderSpec
from embeddings.mining.journal import Journal
from embeddings.mining.memory import a_quarter_of_this_machine
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class MiningInputs:
    """Both encoders' vectors, rows in the images' order, and the journal of these encoders."""

    blind: NDArray[np.float32]
    reference: NDArray[np.float32]
    journal: Journal


@contextmanager
def mining_inputs(
    studio: Studio, embedded: EmbeddedImages, memory: int | None
) -> Iterator[MiningInputs]:
    """Reads the vectors, into a file if they take more than `memory`; one process at a time.

    Raises:
        AppError: another process is mining with these encoders.
    """
    stores = embedded.blind, embedded.reference
    slugs = [EncoderSpec.parse(store.manifest.spec).slug for store in stores]
    folder = studio.workspace.mined(*slugs)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0), TemporaryDirectory(dir=folder) as temporary:
            blind, reference = (
                _vectors(embedded, store, memory, Path(temporary) / f"{role}.npy")
                for role, store in zip(("blind", "reference"), stores, strict=True)
            )
            journal = Journal(folder, embedded.keys, " ".join(embedded.weights()))
            yield MiningInputs(blind, reference, journal)
    except Timeout as error:
        raise AppError(
            "another process is mining with these encoders.",
            where=str(folder),
            hint="Wait for the other `mmvp mine`, or stop it.",
        ) from error


def _vectors(
    embedded: EmbeddedImages, store: EmbeddingStore, memory: int | None, file: Path
) -> NDArray[np.float32]:
    n_bytes = 4 * len(embedded.images) * store.manifest.dimension
    most = a_quarter_of_this_machine() if memory is None else memory
    return store.load(embedded.keys, file=file if n_bytes > most else None)
