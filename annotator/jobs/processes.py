"""Starts jobs, follows their progress, stops them, and knows those of an earlier server."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock, Thread
from typing import IO

from annotator.errors import AppError
from annotator.jobs.job import LOG_LINES, Job, JobFiles, JobState
from annotator.jobs.kinds import AnyWish, summary
from annotator.studio import Studio

SECONDS_TO_STOP = 5.0
JOBS_KEPT = 50
_SECONDS_BETWEEN_SAVES = 1.0
_ASKED_TO_STOP = (130, -signal.SIGTERM, -signal.SIGINT)


@dataclass
class _Running:
    """A job whose process this server started."""

    job: Job
    process: "subprocess.Popen[str]"
    output: IO[str]
    saved_at: float = 0.0
    stopped: JobState | None = None


class Jobs:
    """The jobs of a workspace, one of a kind at a time; take the studio's one.

    A job that another server on this workspace started is known by its file: it runs as long as
    its process does, and is interrupted when that is gone without an end in the file.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._files = JobFiles(studio.workspace.jobs)
        self._lock = RLock()
        self._running: dict[str, _Running] = {}

    def start(self, wish: AnyWish) -> tuple[Job, bool]:
        """The job, and whether it is a new one: a running one of that kind is not doubled.

        Raises:
            AppError: nothing is embedded with an encoder that the options name.
        """
        title, command = wish.planned(self._studio)
        with self._lock:
            jobs = self.list()
            for job in jobs:
                if job.kind == wish.kind and not job.ended:
                    return job, False
            self._forget_old(jobs)
            options = wish.options.model_dump(mode="json")
            job = Job(secrets.token_hex(6), wish.kind, title, options)
            running = self._launch(job, command)
            return running.job.copy(), True

    def list(self) -> list[Job]:
        """All that are remembered, newest first."""
        with self._lock:
            jobs = [self._known(job) for job in self._files.all()]
        return sorted(jobs, key=lambda job: (job.created_at, job.id), reverse=True)

    def get(self, job_id: str) -> Job | None:
        """The job as it is now; None if there is none."""
        with self._lock:
            found = self._files.read(job_id)
            return self._known(found) if found else None

    def cancel(self, job_id: str) -> Job | None:
        """Stops the job's processes and returns it when they are gone; an ended one stays as it is.

        What the command had finished stays; the same command goes on where it can.
        """
        job = self.get(job_id)
        if job is None or job.ended:
            return job
        self._stop(job, JobState.cancelled)
        return self.get(job_id)

    def stop(self) -> None:
        """Stops what this server started: it is about to end."""
        with self._lock:
            running = list(self._running.values())
        for one in running:
            self._stop(one.job, JobState.interrupted)

    def _launch(self, job: Job, command: Iterable[str]) -> _Running:
        handle = self._files.lock(job.id)
        # Output to a file: a pipe that nobody reads until the end would fill up.
        output = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        workspace = ["--workspace", str(self._studio.workspace.root), "--json"]
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "annotator.cli", *command, *workspace],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                pass_fds=(handle,),
            )
        except OSError as error:
            self._files.unlock(job.id)
            output.close()
            raise AppError(f"the job could not be started: {error.strerror}.") from error
        finally:
            os.close(handle)
        job.pid = process.pid
        running = self._running[job.id] = _Running(job, process, output)
        self._files.save(job)
        Thread(target=self._follow, args=(running,), name=f"job {job.id}", daemon=True).start()
        return running

    def _environment(self) -> dict[str, str]:
        """The server's own; the database's address may hold a password, so it is no argument."""
        url = self._studio.database.url.render_as_string(hide_password=False)
        kept = {name: value for name, value in os.environ.items() if name != "MMVP_DEBUG"}
        return {**kept, "MMVP_PROGRESS": "json", "MMVP_DATABASE_URL": url}

    def _follow(self, running: _Running) -> None:
        for line in running.process.stderr or ():
            self._heard(running, line.strip())
        code = running.process.wait()
        with running.output as output:
            output.seek(0)
            printed = output.read()
        with self._lock:
            _end(running, code, printed)
            self._files.save(running.job)
            self._files.unlock(running.job.id)
            del self._running[running.job.id]

    def _heard(self, running: _Running, line: str) -> None:
        with self._lock:
            job = running.job
            if progress := _progress(line):
                job.step, job.done, job.total = progress
            elif line:
                job.log = [*job.log, line][-LOG_LINES:]
            now = time.monotonic()
            if now - running.saved_at >= _SECONDS_BETWEEN_SAVES:
                running.saved_at = now
                self._files.save(job)

    def _known(self, stored: Job) -> Job:
        """The newest there is to know of a job whose file was read."""
        if running := self._running.get(stored.id):
            return running.job.copy()
        if stored.ended or self._files.is_alive(stored.id):
            return stored
        # Its server may have written the end between our two looks.
        stored = self._files.read(stored.id) or stored
        if not stored.ended:
            stored.end(JobState.interrupted, "Interrupted: the server ended while it ran.")
            self._files.save(stored)
            self._files.unlock(stored.id)
        return stored

    def _stop(self, job: Job, state: JobState) -> None:
        running = self._running.get(job.id)
        if running:
            running.stopped = state
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self._files.is_alive(job.id):
                break
            with suppress(ProcessLookupError):
                os.killpg(job.pid, sign)
            self._wait_for_end(job.id)
        stored = self._files.read(job.id)
        if running is None and stored and not stored.ended:
            stored.end(state, "Cancelled.")
            self._files.save(stored)
            self._files.unlock(job.id)

    def _wait_for_end(self, job_id: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_STOP
        while time.monotonic() < deadline:
            if job_id not in self._running and not self._files.is_alive(job_id):
                return
            time.sleep(0.02)

    def _forget_old(self, jobs: Iterable[Job]) -> None:
        for job in [job for job in jobs if job.ended][JOBS_KEPT:]:
            self._files.remove(job.id)


def _end(running: _Running, code: int, printed: str) -> None:
    job = running.job
    if code == 0:
        try:
            result = json.loads(printed)
            job.end(JobState.done, summary(job.kind, result), result)
        except (ValueError, KeyError, TypeError):
            job.end(JobState.failed, "The command printed no result.")
    elif running.stopped is JobState.interrupted:
        job.end(JobState.interrupted, "Interrupted: the server was stopped while it ran.")
    elif running.stopped or code in _ASKED_TO_STOP:
        job.end(JobState.cancelled, "Cancelled.")
    else:
        job.end(JobState.failed, _reason(job.log, code))


def _progress(line: str) -> tuple[str, int, int] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
        return str(found["step"]), int(found["done"]), int(found["total"])
    except (ValueError, KeyError, TypeError):
        return None


def _reason(log: Iterable[str], code: int) -> str:
    """The command's own last words, without its name."""
    if code == -signal.SIGKILL:
        return "It was killed by the system, most likely because memory ran out."
    said = [line for line in log if any(letter.isalpha() for letter in line)]
    ours = [line.removeprefix("mmvp: ") for line in said if line.startswith("mmvp: ")]
    return (ours or said or [f"The command ended with {code}."])[-1]
