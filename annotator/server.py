"""The web server: routes for images and data, and the Gradio pages on top of them."""

import logging
import os
import warnings
from contextlib import suppress
from socket import socket

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from annotator import shell
from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.guard import LocalOnly
from annotator.pages import PAGES
from annotator.routes import ROUTERS
from annotator.studio import Studio
from annotator.version import product_version

# Queued events (progress, exports) that may run at the same time; a person waits for one or two.
CONCURRENT_EVENTS = 20
# An open page keeps a connection for news; it must not keep the server from stopping.
SECONDS_TO_STOP = 3


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


def serve(studio: Studio, listener: socket) -> None:
    """Serves the app on a socket of `annotator.guard.listen` until it is stopped.

    Raises:
        AppError: the server could not start; its log says why.
    """
    if not studio.settings.analytics:
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(studio),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=SECONDS_TO_STOP,
        )
    )
    # The pages that are open when it stops are cut off, which is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    with suppress(KeyboardInterrupt):  # Ctrl-C is the ordinary way to stop
        server.run(sockets=[listener])
    if not server.started:
        raise AppError("the server did not start.", where=str(studio.workspace.root))
