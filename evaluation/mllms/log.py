"""Every answer as it arrives, one line each: what was paid for is never asked again."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from evaluation.errors import EvaluationError
from evaluation.mllms.asking import Reply, Request


class LogInUse(EvaluationError):
    """Another evaluation is writing into this folder."""


class DamagedLog(EvaluationError):
    """The file of answers is not what was written into it."""


class AnswerLog:
    """An append-only JSONL file of answers by request key; a line is on disk before it counts."""

    def __init__(self, path: Path) -> None:
        """Reads what is there; a last line that was cut off by a crash is taken away."""
        self._path, self._lock = path, threading.Lock()
        self._replies: dict[str, Reply] = {}
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            os.truncate(path, len(whole))
        for number, line in enumerate(whole.decode("utf-8", "replace").split("\n")[:-1], 1):
            try:
                found = json.loads(line)
                reply = Reply(
                    text=found["response"],
                    finish_reason=found["finish_reason"],
                    usage=found["usage"],
                )
                self._replies[found["key"]] = reply
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedLog(
                    f"line {number} is damaged.",
                    where=str(path),
                    hint="Remove that line; its question is then asked again.",
                ) from error

    def __contains__(self, key: str) -> bool:
        return key in self._replies

    def __len__(self) -> int:
        return len(self._replies)

    def get(self, key: str) -> Reply | None:
        """The answer to a request, None if there is none yet."""
        return self._replies.get(key)

    def append(self, request: Request, reply: Reply, model: str) -> None:
        """Keep an answer; it is on disk when this returns."""
        line = json.dumps(
            {
                "key": request.key,
                "model": model,
                "prompt": request.prompt,
                "images": list(request.image_digests),
                "repeat": request.repeat,
                "response": reply.text,
                "finish_reason": reply.finish_reason,
                "usage": dict(reply.usage),
                "answered_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
            self._replies[request.key] = reply


@contextmanager
def open_log(folder: Path) -> Iterator[AnswerLog]:
    """The folder's log, for this process alone.

    Raises:
        LogInUse: another process has it.
        DamagedLog: a line of it cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LogInUse(
            "another evaluation is writing here.",
            where=str(folder),
            hint="Wait for it, or choose another folder with --out.",
        ) from error
    try:
        yield AnswerLog(folder / "requests.jsonl")
    finally:
        lock.release()
