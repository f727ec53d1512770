"""The most memory that a block of code has for itself; pages of mapped files do not count."""

import threading
from pathlib import Path
from types import TracebackType

_STATUS = Path("/proc/self/status")
_EVERY_SECONDS = 0.02


def own_mebibytes() -> float:
    """Anonymous memory of this process: its own, not that of mapped files (Linux)."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{_STATUS} does not say how much memory is anonymous.")


class Peak:
    """Looks at the memory every 20 ms while its block runs; ``mebibytes`` is the most it saw."""

    def __init__(self) -> None:
        """Nothing is measured before the block begins."""
        self.mebibytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        """Look a last time."""
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.mebibytes = max(self.mebibytes, own_mebibytes())
            if self._done.wait(_EVERY_SECONDS):
                return
