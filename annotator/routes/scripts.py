"""/widgets/NAME/FILE.js: the scripts of the widgets, as ES modules that import each other."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from annotator import widgets
from annotator.routes.answers import tagged
from annotator.studio import Studio

_FOLDER = Path(widgets.__file__).parent
SCRIPTS = {(path.parent.name, path.name): path for path in sorted(_FOLDER.glob("*/*.js"))}


def router(_studio: Studio) -> APIRouter:
    """Serves by name what lies in the widgets' folders, so a debugger shows each file."""
    routes = APIRouter()

    @routes.get("/widgets/{widget}/{name}")
    def script(widget: str, name: str, request: Request) -> Response:
        """A widget's script."""
        path = SCRIPTS.get((widget, name))
        if path is None:
            raise HTTPException(404)
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        return tagged(request, content, "text/javascript", digest)

    return routes
