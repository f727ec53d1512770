"""The state of an unfinished comparison in a file, to go on from after an interruption."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embeddings.atomic import remove_leftovers, write_bytes

_UNREADABLE: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)

State = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Checkpoint:
    """Where the state is kept, and what it must be of to be of use.

    Attributes:
        fingerprint: of the vectors, the options and the block size; another one is not taken up.
        seconds: at least so long apart.
    """

    path: Path
    fingerprint: str
    seconds: float = 20.0

    def save(self, state: State, n_rows_done: int) -> None:
        """Replace what is there."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            fingerprint=np.array(self.fingerprint),
            n_rows_done=np.array(n_rows_done),
            **state,
        )
        write_bytes(self.path, buffer.getvalue(), durable=False)

    def load(self, like: State) -> tuple[int, dict[str, NDArray[np.generic]]] | None:
        """Rows of blocks done, and arrays of the shapes in `like`; None if there are none."""
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                if str(stored["fingerprint"]) != self.fingerprint:
                    return None
                arrays = {name: stored[name] for name in like}
                n_rows_done = int(stored["n_rows_done"])
        except _UNREADABLE:  # absent or broken: begin anew
            return None
        same = all(arrays[name].shape == array.shape for name, array in like.items())
        return (n_rows_done, arrays) if same else None

    def remove(self) -> None:
        """The comparison is done."""
        self.path.unlink(missing_ok=True)
        if self.path.parent.is_dir():
            remove_leftovers(self.path.parent)
