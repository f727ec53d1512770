"""/api/docs and /api/openapi.json: what a script can do, described and tried in the browser."""

import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse

from annotator.credentials import TOKEN_PATHS
from annotator.studio import Studio

# Swagger UI, kept by the package fastapi-offline: no page of ours loads anything from elsewhere.
_SWAGGER = Path(str(files("fastapi_offline"))) / "static"
_FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_ABOUT = """What the pages do, a script can do too, with the rights of the person whose token it
carries: `Authorization: Bearer mmvp_…`. Make a token on the page *Account*, or with
`mmvp token add NAME`. Without accounts, on one's own machine, no token is needed.

Refusals are JSON with a `message`: 401 log in, 403 the role does not reach, 409 somebody else
changed it since, 422 the input is none."""
_REFUSALS: dict[str, dict[str, Any]] = {
    "400": {"description": "Refused; `message` says why."},
    "401": {"description": "Not logged in, or the token is none."},
    "403": {"description": "The role does not reach this far."},
    "404": {"description": "There is no such thing."},
    "409": {"description": "It was changed by somebody else since, or is there already."},
    "410": {"description": "The file of this image is gone."},
}
SETTINGS: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": "/api/openapi.json"}


def describe(app: FastAPI) -> None:
    """Has the app describe the routes that take tokens, and how they refuse."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _schema(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _schema(app: FastAPI) -> dict[str, Any]:
    with warnings.catch_warnings():  # a route for GET and HEAD is one operation to us
        warnings.filterwarnings("ignore", message="Duplicate Operation ID")
        schema = get_openapi(
            title=app.title, version=app.version, description=_ABOUT, routes=app.routes
        )
    schema["paths"] = {
        path: item for path, item in schema["paths"].items() if path.startswith(TOKEN_PATHS)
    }
    for path, item in schema["paths"].items():
        item.pop("head", None)
        for operation in item.values():
            operation.setdefault("tags", [path.removeprefix("/api").split("/")[1]])
            for status, refusal in _REFUSALS.items():
                operation["responses"].setdefault(status, refusal)
    schema.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"}
    }
    schema["security"] = [{"token": []}]
    return schema


def router(_studio: Studio) -> APIRouter:
    """The page of the API and its two files."""
    routes = APIRouter(prefix="/api/docs", include_in_schema=False)

    @routes.get("")
    def docs() -> Response:
        page = get_swagger_ui_html(
            openapi_url="/api/openapi.json",
            title="API · MMVP Studio",
            swagger_js_url="/api/docs/swagger-ui-bundle.js",
            swagger_css_url="/api/docs/swagger-ui.css",
            swagger_favicon_url="/login/icon.svg",
            swagger_ui_parameters={"defaultModelsExpandDepth": -1, "validatorUrl": None},
        )
        text = bytes(page.body).decode()
        themed = text.replace("<body>", '<body><script src="/login/login.js"></script>', 1)
        return HTMLResponse(themed, headers={"Cache-Control": "no-cache"})

    @routes.get("/{name}")
    def file(name: str) -> FileResponse:
        if name not in _FILES:
            raise HTTPException(404)
        return FileResponse(_SWAGGER / name, media_type=_FILES[name])

    return routes
