"""The encoders that the server has loaded, and the one thread on which all their work is done."""

import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any, Final, Generic, TypeVar

from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.studio import Studio
from embeddings.encoder import Encoder, EncoderSpec, EncoderUnavailable, limit_threads, load_encoder
from embeddings.errors import EmbeddingsError
from embeddings.store import EmbeddingStore

T = TypeVar("T")
Report = Callable[[str, int, int], None]
"""Called by work as `report(step, done, total)`; raises when nobody waits for it any more."""

# The blind and the reference encoder; the paper's two are 3 GB.
KEPT: Final = 2
SECONDS_WAITED_FOR: Final = 15.0
SECONDS_KEPT: Final = 60.0
_RESULTS_KEPT: Final = 32

log = logging.getLogger(__name__)


class NotWantedError(Exception):
    """Nobody asked for a task for so long that it is given up."""


@dataclass
class Task(Generic[T]):
    """Work that somebody waits for: `result` or `error` is there once `finished` is set."""

    work: Callable[[Report], T]
    step: str = "waiting"
    done: int = 0
    total: int = 0
    asked_at: float = 0.0
    finished_at: float = 0.0
    finished: Event = field(default_factory=Event)
    result: T | None = None
    error: Exception | None = None

    def answer(self, seconds: float = 0.0) -> T | None:
        """The result if it comes within `seconds`; None while it does not.

        Raises:
            AppError, EmbeddingsError: why there is none.
        """
        if not self.finished.wait(seconds):
            return None
        if self.error is not None:
            raise self.error
        return self.result

    def state(self) -> dict[str, Any]:
        """How far it is, for the browser."""
        return {"state": "working", "step": self.step, "done": self.done, "total": self.total}


class LoadedEncoders:
    """Loads encoders when they are needed, keeps the last two, and runs what needs them.

    There is one thread: models fill all the processors they may use, and two at a time would only
    slow each other and the pages. What was asked for last comes first, and what nobody asks for
    any more is dropped.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._changed = Condition()
        self._tasks: OrderedDict[Hashable, Task[Any]] = OrderedDict()
        self._thread: Thread | None = None
        self._kept: OrderedDict[str, Encoder] = OrderedDict()
        self._failed: dict[str, tuple[float, EncoderUnavailable]] = {}

    def ask(self, key: Hashable, work: Callable[[Report], T]) -> Task[T]:
        """The task of this key, which is started if there is none: one key is computed once."""
        now = time.monotonic()
        with self._changed:
            self._forget(now)
            task: Task[T] | None = self._tasks.get(key)
            if task is None:
                task = self._tasks[key] = Task(work)
            task.asked_at = now
            if self._thread is None:
                # A daemon: a model that is loading must not keep the server from stopping.
                self._thread = Thread(target=self._serve, name="encoders", daemon=True)
                self._thread.start()
            self._changed.notify()
        return task

    def find(self, key: Hashable) -> Task[Any] | None:
        """The task of this key, which stays wanted; None if it is forgotten."""
        with self._changed:
            task = self._tasks.get(key)
            if task is not None:
                task.asked_at = time.monotonic()
            return task

    def encoder(self, spec: str, report: Report) -> Encoder:
        """The encoder that made the workspace's vectors; call it only inside of work.

        Raises:
            EmbeddingsError: it cannot be loaded, or the weights changed since.
            AppError: nothing is embedded with it.
        """
        encoder = self._kept.pop(spec, None)
        if encoder is None:
            report("loading the encoder", 0, 0)
            encoder = self._load(spec)
        self._kept[spec] = encoder
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        folder = self._studio.workspace.store(EncoderSpec.parse(spec).slug)
        if not EmbeddingStore.exists(folder):
            raise AppError("nothing is embedded with this encoder yet.", where=spec)
        made_with = EmbeddingStore.read_manifest(folder)
        if made_with.weights_digest != encoder.weights_digest:
            raise AppError(
                "the encoder's weights are other ones than those that made the vectors.",
                where=spec,
                hint="Delete its embeddings and run `mmvp embed` again, or bring the weights back.",
            )
        return encoder

    def _load(self, spec: str) -> Encoder:
        failed = self._failed.get(spec)
        if failed is not None and time.monotonic() - failed[0] < SECONDS_KEPT:
            raise failed[1]
        while len(self._kept) >= KEPT:  # before, so that there are never three in memory
            self._kept.popitem(last=False)
        try:
            encoder = load_encoder(spec)
        except EncoderUnavailable as error:
            self._failed[spec] = (time.monotonic(), error)
            raise
        limit_threads(max(1, (os.cpu_count() or 2) // 2))
        return encoder

    def _forget(self, now: float) -> None:
        finished = [key for key, task in self._tasks.items() if task.finished.is_set()]
        for place, key in enumerate(reversed(finished)):
            if place >= _RESULTS_KEPT or now - self._tasks[key].finished_at > SECONDS_KEPT:
                del self._tasks[key]

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next() is not None)
                key = self._next()
                task = self._tasks[key]
            self._run(key, task)

    def _next(self) -> Hashable | None:
        """The key that was asked for last among those not finished."""
        waiting = [key for key, task in self._tasks.items() if not task.finished.is_set()]
        return max(waiting, key=lambda key: self._tasks[key].asked_at, default=None)

    def _run(self, key: Hashable, task: Task[Any]) -> None:
        def report(step: str, done: int, total: int) -> None:
            task.step, task.done, task.total = step, done, total
            if time.monotonic() - task.asked_at > SECONDS_WAITED_FOR:
                raise NotWantedError

        try:
            report("waiting", 0, 0)
            task.result = task.work(report)
        except NotWantedError:
            with self._changed:
                self._tasks.pop(key, None)
            task.error = AppError("nobody waited for this any more.", hint="Ask again.")
        except STUDIO_ERRORS as error:
            task.error = error
        except Exception as error:  # the thread must live on, whatever a model does
            log.warning("work of the encoders failed", exc_info=error)
            task.error = EmbeddingsError(f"this could not be computed: {explain(error)}.")
        task.finished_at = time.monotonic()
        task.finished.set()
