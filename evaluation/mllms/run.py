"""Asks many requests at once, keeps every answer, and stops without losing one."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from embeddings.progress import Progress
from evaluation.mllms.asking import AnswerFailed, Model, Request, RunStopped
from evaluation.mllms.log import AnswerLog

_MOST_FAILURES_IN_A_ROW = 10


@dataclass
class RunReport:
    """What a run did: requests answered now, found answered, and failed with their reasons.

    ``stopped`` is why the run ended before its end; empty if it did not.
    """

    answered: int = 0
    known: int = 0
    failures: list[str] = field(default_factory=list)
    stopped: str = ""


class _Run:
    def __init__(self, model: Model, log: AnswerLog) -> None:
        self.model, self.log, self.report = model, log, RunReport()
        self._lock, self._stopping, self._in_a_row = threading.Lock(), threading.Event(), 0

    def ask(self, request: Request) -> None:
        if self._stopping.is_set():
            return
        try:
            reply = self.model.ask(request)
        except AnswerFailed as error:
            with self._lock:
                self.report.failures.append(str(error))
                self._in_a_row += 1
                hopeless = self._in_a_row >= _MOST_FAILURES_IN_A_ROW
            if hopeless:
                self.stop(f"{_MOST_FAILURES_IN_A_ROW} requests failed in a row, at last: {error}")
        except RunStopped as error:
            self.stop(str(error))
        else:
            self.log.append(request, reply, self.model.name)
            with self._lock:
                self.report.answered += 1
                self._in_a_row = 0

    def stop(self, reason: str) -> None:
        with self._lock:
            self.report.stopped = self.report.stopped or reason
        self._stopping.set()
        self.model.stop()


def ask_all(
    requests: Iterable[Request],
    model: Model,
    log: AnswerLog,
    *,
    concurrency: int = 4,
    progress: Progress | None = None,
) -> RunReport:
    """Ask whatever the log does not know, each request once however often it comes.

    Interrupted (Ctrl-C), it sends nothing more, waits for what is under way, keeps that, and only
    then raises KeyboardInterrupt.
    """
    unique = {request.key: request for request in requests}
    todo = [request for key, request in unique.items() if key not in log]
    run = _Run(model, log)
    run.report.known = len(unique) - len(todo)
    pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="ask")
    try:
        futures = [pool.submit(run.ask, request) for request in todo]
        if progress:
            progress(run.report.known, len(unique))
        for future in as_completed(futures):
            future.result()
            if progress:
                progress(run.report.known + run.report.answered, len(unique))
    except BaseException:
        run.stop("stopped")
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return run.report
