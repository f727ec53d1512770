"""Who is annotating: a name in a cookie, until there are accounts."""

import unicodedata
from urllib.parse import quote, unquote

from starlette.requests import HTTPConnection

from annotator.errors import AppError
from annotator.studio import Studio
from db.annotators import ensure_annotator

COOKIE = "mmvp_name"
LONGEST_NAME = 60
COOKIE_SECONDS = 365 * 24 * 3600


def valid_name(text: str) -> str:
    """The name as it is stored: single spaces, no control characters, 1 to 60 characters.

    Raises:
        AppError: says what is wrong with it.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise AppError("A name needs at least one letter.")
    if len(name) > LONGEST_NAME:
        raise AppError(f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if not name.isprintable():
        raise AppError("A name may not contain control characters.")
    return name


def to_cookie(name: str) -> str:
    """The cookie's value for a name: cookies carry ASCII only."""
    return quote(name, safe="")


def current_name(studio: Studio, request: HTTPConnection) -> str:
    """The name from the cookie; the settings' name if there is none or it is no name."""
    try:
        return valid_name(unquote(request.cookies.get(COOKIE, "")))
    except AppError:
        return valid_name(studio.settings.annotator)


def current_annotator(studio: Studio, request: HTTPConnection) -> tuple[int, str]:
    """The id and name of the person who sent this request (FastAPI's or Gradio's)."""
    name = current_name(studio, request)
    return ensure_annotator(studio.database, name), name
