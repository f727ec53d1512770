"""/api/imported: benchmarks that came from elsewhere, and the pair at a row of theirs."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from annotator.access import requires
from annotator.errors import STUDIO_ERRORS
from annotator.identity import current_annotator
from annotator.imported_view import imports_json, origin_json, pairs_json, report_json
from annotator.studio import Studio
from annotator.uploaded import import_upload, without_folder
from db.import_tables import KeptAs
from db.imported import pairs_at_row
from db.roles import Role

Name = Annotated[str, Query(max_length=400)]
FileName = Annotated[str, Query(min_length=1, max_length=400)]
Row = Annotated[int, Query(ge=1, lt=2**62)]


def router(studio: Studio) -> APIRouter:
    """The routes of the Imported page; nothing in them tells a key."""
    routes = APIRouter(prefix="/api/imported", tags=["exchange"])

    @routes.get("", summary="Imported benchmarks")
    def show_imports() -> dict[str, Any]:
        """Every benchmark and list of pairs that was imported, newest first."""
        return {"imports": imports_json(studio)}

    @routes.get("/pairs", summary="Pairs of an imported benchmark")
    def show_pairs(name: Name) -> dict[str, Any]:
        """The pairs of an import in their order, with their rows in the original table."""
        found = pairs_json(studio, name)
        if found is None:
            raise HTTPException(404, detail=f"Nothing was imported as {name[:80]!r}.")
        return found

    @routes.get("/row", summary="The pair at a row of an imported benchmark")
    def show_row(row: Row, name: Name | None = None) -> dict[str, Any]:
        """The pair of which this row of the original table is one; of the newest import."""
        found = pairs_at_row(studio.database, row, name=name)
        if not found:
            of = f" of {name[:80]}" if name else ""
            raise HTTPException(404, detail=f"There is no row {row}{of}.")
        return origin_json(found[0])

    @routes.post(
        "", status_code=201, dependencies=[requires(Role.admin)], summary="Import a benchmark"
    )
    async def bring(
        request: Request,
        file_name: FileName,
        kept_as: KeptAs = KeptAs.complete,
        name: Name | None = None,
    ) -> JSONResponse:
        """Imports the file in the body: a zip of a benchmark's folder, a table or a document."""
        annotator_id, _ = current_annotator(studio, request)
        with TemporaryDirectory(prefix="mmvp-upload-") as made:
            folder = Path(made)
            with (folder / "sent").open("wb") as file:
                async for chunk in request.stream():
                    await run_in_threadpool(file.write, chunk)

            return await run_in_threadpool(
                _import, studio, folder, file_name, by=annotator_id, kept_as=kept_as, name=name
            )

    return routes


def _import(
    studio: Studio, folder: Path, file_name: str, *, by: int, kept_as: KeptAs, name: str | None
) -> JSONResponse:
    try:
        report = import_upload(
            studio,
            folder / "sent",
            file_name,
            kept_as=kept_as,
            name=(name or "").strip() or None,
            by=by,
        )
    except STUDIO_ERRORS as error:
        return JSONResponse({"message": without_folder(str(error), folder)}, status_code=422)
    return JSONResponse(report_json(report), status_code=201)
