"""/api/jobs: long work that a page starts, watches and cancels."""

from typing import Any

from fastapi import APIRouter, HTTPException, Response

from annotator.access import requires
from annotator.jobs import Job, Jobs, Wish
from annotator.studio import Studio
from db.roles import Role

_NOT_IN_LISTS = ("log", "result")


def router(studio: Studio) -> APIRouter:
    """A job is told with its state, step, progress and one-line message."""
    routes = APIRouter(prefix="/api/jobs")

    def jobs() -> Jobs:
        return studio.shared(Jobs)

    def told(job: Job | None, job_id: str) -> dict[str, Any]:
        if job is None:
            raise HTTPException(404, detail=f"There is no job {job_id}.")
        return job.told()

    @routes.get("")
    def all_jobs() -> list[dict[str, Any]]:
        """The jobs that are remembered, newest first."""
        return [
            {name: value for name, value in job.told().items() if name not in _NOT_IN_LISTS}
            for job in jobs().list()
        ]

    @routes.post("", status_code=201, dependencies=[requires(Role.reviewer)])
    def start(wish: Wish, answer: Response) -> dict[str, Any]:
        """Starts a job, or answers 200 with the running one of that kind."""
        job, is_new = jobs().start(wish)
        if not is_new:
            answer.status_code = 200
        return job.told()

    @routes.get("/{job_id}")
    def one(job_id: str) -> dict[str, Any]:
        """One job, with its result and log."""
        return told(jobs().get(job_id), job_id)

    @routes.delete("/{job_id}", dependencies=[requires(Role.reviewer)])
    def cancel(job_id: str) -> dict[str, Any]:
        """Stops a job; answers when its processes are gone."""
        return told(jobs().cancel(job_id), job_id)

    return routes
