"""Plain HTTP routes beside the Gradio pages; each module has `router(studio)`."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from fastapi import APIRouter

from annotator.studio import Studio

NAMES = ("identity", "images", "review", "maps", "exports")


def _load(name: str) -> Callable[[Studio], APIRouter]:
    router: Callable[[Studio], APIRouter] = import_module(f"annotator.routes.{name}").router
    return router


ROUTERS = tuple(_load(name) for name in NAMES if find_spec(f"annotator.routes.{name}"))
