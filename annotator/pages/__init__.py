"""The pages of the app, in the order of the navigation bar."""

from importlib import import_module
from importlib.util import find_spec

from annotator.page import Page

NAMES = ("review", "progress", "explore", "export")


def _load(name: str) -> Page:
    page: Page = import_module(f"annotator.pages.{name}").PAGE
    return page


PAGES: tuple[Page, ...] = tuple(
    _load(name) for name in NAMES if find_spec(f"annotator.pages.{name}")
)
