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
from annotator.access import Access, NeedsSession, NotAllowed
from annotator.content_policy import ContentPolicy
from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.guard import OwnSite
from annotator.identity import NotLoggedIn, current_person
from annotator.jobs import Jobs
from annotator.limits import BodyLimit
from annotator.pages import PAGES
from annotator.preloading import Preloading, module_links
from annotator.results import NoSuchRun
from annotator.routes import ROUTERS, api
from annotator.sessions import Sessions
from annotator.studio import Studio
from annotator.suggesting import EndpointFailed, SuggestingOff
from annotator.version import product_version
from db.accounts import AccountError, NoSuchAccount
from db.tokens import NoSuchToken, TokenError
from evaluation.results.hand import StaleGrade

# Queued events (progress, exports) that may run at the same time; a person waits for one or two.
CONCURRENT_EVENTS = 20
# An open page keeps a connection for news; it must not keep the server from stopping.
SECONDS_TO_STOP = 3
# Longer than proxies keep theirs (Caddy 120): else a request now and then meets a closed one.
SECONDS_KEPT_ALIVE = 150
# The first that fits; every other error of ours is the request's fault in some way.
_STATUS: dict[type[Exception], int] = {
    NotLoggedIn: 401,
    NotAllowed: 403,
    NeedsSession: 403,
    NoSuchAccount: 404,
    NoSuchToken: 404,
    NoSuchRun: 404,
    SuggestingOff: 403,
    EndpointFailed: 502,
    AccountError: 409,
    TokenError: 409,
    StaleGrade: 409,
}


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
            auth_dependency=lambda request: current_person(request).name,
        )
    return app


def create_routes(studio: Studio) -> FastAPI:
    """Everything but the Gradio pages: images, decisions, maps, and the guards around all."""
    app = FastAPI(title="MMVP Studio", version=product_version(), **api.SETTINGS)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok", "version": product_version()}

    for router in ROUTERS:
        app.include_router(router(studio))
    for kind in STUDIO_ERRORS:
        app.add_exception_handler(kind, _refuse)
    api.describe(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(ContentPolicy, also=[shell.head_script()])
    app.add_middleware(
        Preloading,
        links={page.path.strip("/"): module_links(page.preloads) for page in PAGES},
    )
    app.add_middleware(
        Access,
        studio=studio,
        sessions=Sessions.of(studio.workspace, studio.settings),
        page_roles={page.path.strip("/"): page.role for page in PAGES},
    )
    app.add_middleware(OwnSite, settings=studio.settings)  # the last one added is the outermost
    return app


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return JSONResponse({"message": explain(error)}, status_code=status)


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
            timeout_keep_alive=SECONDS_KEPT_ALIVE,
            proxy_headers=studio.settings.behind_proxy,
            forwarded_allow_ips=studio.settings.proxy_addresses,
        )
    )
    # The pages that are open when it stops are cut off, which is no error.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    try:
        with suppress(KeyboardInterrupt):  # Ctrl-C is the ordinary way to stop
            server.run(sockets=[listener])
    finally:
        studio.shared(Jobs).stop()
    if not server.started:
        raise AppError("the server did not start.", where=str(studio.workspace.root))
