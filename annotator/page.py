"""What a page of the app is: a title, an address, and a function that fills it."""

from collections.abc import Callable
from dataclasses import dataclass

from annotator.studio import Studio
from db.roles import Role


@dataclass(frozen=True)
class Page:
    """One page: `build(studio)` is called once, inside an open `gr.Blocks` context.

    `path` is the address below the root without slashes; the start page has the empty path.
    Whoever has a lower `role` cannot open it and cannot call its events. `in_menu` puts its link
    into the person's own menu instead of the bar. The browser fetches the scripts of the widgets
    in `preloads` before Gradio asks for them.
    """

    title: str
    path: str
    build: Callable[[Studio], None]
    role: Role = Role.annotator
    in_menu: bool = False
    preloads: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        """The link to this page from anywhere in the app."""
        return "/" + self.path.strip("/")
