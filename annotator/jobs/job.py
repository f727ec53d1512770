"""A job as it is told to the page and kept in the workspace."""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from annotator.pipeline.files import write_json

LOG_LINES = 200
_ID = re.compile(r"[0-9a-f]{12}")


class JobState(StrEnum):
    """Where a job stands; all but the first are for good."""

    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"
    interrupted = "interrupted"


@dataclass
class Job:
    """One run of a command.

    Attributes:
        step: what it does now; `done` of `total` of it, 0 of 0 when nobody can tell.
        message: what came of it, or why it failed, in one line.
        result: the JSON that the command printed; None until it is done.
        log: the last lines that it wrote for people.
        pid: of the process, which leads a process group of its own.
    """

    id: str
    kind: str
    title: str
    options: dict[str, Any]
    state: JobState = JobState.running
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    result: Any = None
    created_at: str = field(default_factory=lambda: moment())
    ended_at: str | None = None
    pid: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.state is not JobState.running

    def told(self) -> dict[str, Any]:
        """What the page gets."""
        return {name: value for name, value in asdict(self).items() if name != "pid"}

    def copy(self) -> "Job":
        """As it is now."""
        return replace(self, log=list(self.log))

    def end(self, state: JobState, message: str, result: object = None) -> None:
        """It is over."""
        self.state, self.message, self.result = state, message, result
        self.ended_at = moment()


class JobFiles:
    """`<id>.json` of each job, and `<id>.lock`, which its process holds as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, job: Job) -> None:
        """Replaces the job's file."""
        write_json(self._path(job.id, "json"), asdict(job))

    def read(self, job_id: str) -> Job | None:
        """The job of that id; None if there is none, or its file is damaged."""
        if not _ID.fullmatch(job_id):
            return None
        try:
            found = json.loads(self._path(job_id, "json").read_text(encoding="utf-8"))
            return Job(**found | {"state": JobState(found["state"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def all(self) -> Iterator[Job]:
        """Every readable job, in no order."""
        for path in self._folder.glob("*.json"):
            if job := self.read(path.stem):
                yield job

    def lock(self, job_id: str) -> int:
        """A descriptor that holds the job's lock; whoever inherits it holds it as well."""
        handle = os.open(self._path(job_id, "lock"), os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    def is_alive(self, job_id: str) -> bool:
        """Whether the job's process lives, whoever started it; a process id alone may be reused."""
        try:
            handle = os.open(self._path(job_id, "lock"), os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def unlock(self, job_id: str) -> None:
        """Removes the lock of a job that has ended."""
        self._path(job_id, "lock").unlink(missing_ok=True)

    def remove(self, job_id: str) -> None:
        """Forgets a job."""
        self._path(job_id, "json").unlink(missing_ok=True)
        self.unlock(job_id)

    def _path(self, job_id: str, ending: str) -> Path:
        return self._folder / f"{job_id}.{ending}"


def moment() -> str:
    """Now, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
