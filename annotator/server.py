"""The web server: routes for images and data, and the Gradio pages on top of them."""

import os
import warnings

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from annotator import shell
from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.guard import LocalOnly, is_loopback
from annotator.pages import PAGES
from annotator.routes import ROUTERS
from annotator.studio import Studio
from annotator.version import product_version

# Queued events (progress, exports) that may run at the same time; a person waits for one or two.
CONCURRENT_EVENTS = 20


def create_app(studio: Studio) -> FastAPI:
    """The whole application for one studio, ready for uvicorn or a test client."""
    app = create_routes(studio)
    blocks = shell.build_pages(studio, PAGES)
    blocks.queue(default_concurrency_limit=CONCURRENT_EVENTS)
    with warnings.catch_warnings():
        # Gradio says that it switches server-side rendering off for several pages; so do we.
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        gr.mount_gradio_app(
            app,
            blocks,
            path="/",
            theme=shell.theme(),
            css=shell.stylesheet(),
            head=shell.head(),
            footer_links=[],
            run_history=False,
            show_error=False,
            ssr_mode=False,
        )
    return app


def create_routes(studio: Studio) -> FastAPI:
    """Everything but the Gradio pages: images, decisions, maps, and the guard around all."""
    app = FastAPI(title="MMVP Studio", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok", "version": product_version()}

    for router in ROUTERS:
        app.include_router(router(studio))
    for kind in STUDIO_ERRORS:
        app.add_exception_handler(kind, _refuse)
    app.add_middleware(LocalOnly)
    return app


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"message": explain(error)}, status_code=400)


def serve(studio: Studio, host: str, port: int) -> None:
    """Serves the app until it is stopped.

    Raises:
        AppError: if `host` can be reached from other machines, as there are no accounts yet.
    """
    if not is_loopback(host):
        raise AppError(
            "this address can be reached from other machines, and there are no accounts yet.",
            where=host,
            hint="Serve on 127.0.0.1; from another machine use `ssh -L 7860:127.0.0.1:7860 HOST`.",
        )
    if not studio.settings.analytics:
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    uvicorn.run(create_app(studio), host=host, port=port, log_level="info", access_log=False)
