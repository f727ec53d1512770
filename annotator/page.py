"""What a page of the app is: a title, an address, and a function that fills it."""

from collections.abc import Callable
from dataclasses import dataclass

from annotator.studio import Studio


@dataclass(frozen=True)
class Page:
    """One page: `build(studio)` is called once, inside an open `gr.Blocks` context.

    `path` is the address below the root without slashes; the start page has the empty path.
    """

    title: str
    path: str
    build: Callable[[Studio], None]

    @property
    def href(self) -> str:
        """The link to this page from anywhere in the app."""
        return "/" + self.path.strip("/")
