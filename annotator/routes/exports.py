"""/exports/NAME.zip: an export that was made in the app, as one file."""

from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from annotator.access import requires
from annotator.errors import AppError, explain
from annotator.exports import zip_export
from annotator.studio import Studio
from db.roles import Role


def router(studio: Studio) -> APIRouter:
    """Serves nothing but the folders directly below the workspace's exports."""
    routes = APIRouter(dependencies=[requires(Role.reviewer)])

    @routes.get("/exports/{name}.zip")
    def download(name: str) -> FileResponse:
        """An export of this workspace as one file."""
        try:
            archive = zip_export(studio.workspace, name)
        except AppError as error:
            raise HTTPException(404, detail=explain(error)) from error
        return FileResponse(
            archive,
            media_type="application/zip",
            filename=f"{name.strip()}.zip",
            headers={"Cache-Control": "no-store"},
            background=BackgroundTask(Path.unlink, archive, missing_ok=True),
        )

    return routes
