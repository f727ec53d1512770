"""The few pages outside the app: log in, choose a password, and why a page stays closed."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent
_PAGES = Environment(loader=FileSystemLoader(_HERE), autoescape=True)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def login_page(
    *, next_path: str, name: str = "", problem: str = "", wait_seconds: int = 0, status: int = 200
) -> HTMLResponse:
    """The form that asks for name and password; `problem` is why the last attempt failed."""
    return _page(
        "login.html",
        status,
        next_path=next_path,
        name=name,
        problem=problem,
        wait_seconds=wait_seconds,
    )


def password_page(
    *, name: str, next_path: str, must_change: bool, problem: str = "", status: int = 200
) -> HTMLResponse:
    """The form that changes one's own password."""
    return _page(
        "password.html",
        status,
        name=name,
        next_path=next_path,
        must_change=must_change,
        problem=problem,
    )


def closed_page(reason: str, status: int = 403) -> HTMLResponse:
    """Why this person cannot see the page they went to."""
    return _page("closed.html", status, reason=reason)


def _page(template: str, status: int, **values: Any) -> HTMLResponse:  # noqa: ANN401
    text = _PAGES.get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def asset(name: str) -> tuple[bytes, str]:
    """Content and media type of one of the pages' own files.

    Raises:
        KeyError: it has none of this name.
    """
    media_type, parts = {
        "login.css": ("text/css", ("../static/theme.css", "login.css")),
        "login.js": ("text/javascript", ("login.js",)),
        "icon.svg": ("image/svg+xml", ("icon.svg",)),
    }[name]
    return b"\n".join((_HERE / part).read_bytes() for part in parts), media_type
