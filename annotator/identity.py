"""Who sent a request: an account, or on one's own machine without accounts a chosen name."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import HTTPConnection

from annotator.errors import AppError
from annotator.sessions import Session
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.roles import Role

COOKIE = "mmvp_name"
LONGEST_NAME = 60
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Person:
    """Who a request is from, as `annotator.access` found out.

    `annotator_id` is None while there are no accounts: the name is then a choice, and the person
    an admin of their own machine. A request has a `session` or a `token_id`, or neither there.
    """

    name: str
    role: Role
    annotator_id: int | None = None
    session: Session | None = None
    token_id: int | None = None
    must_change_password: bool = False

    @property
    def has_account(self) -> bool:
        """Whether this is somebody who logged in."""
        return self.annotator_id is not None


class NotLoggedIn(AppError):
    """The request says not who it is from."""

    def __init__(self) -> None:
        super().__init__("Log in first.")


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


def chosen_name(studio: Studio, request: HTTPConnection) -> str:
    """The name from the cookie; the settings' name if there is none or it is no name."""
    try:
        return valid_name(unquote(request.cookies.get(COOKIE, "")))
    except AppError:
        return valid_name(studio.settings.annotator)


def current_person(request: HTTPConnection) -> Person:
    """Who sent this request (FastAPI's or Gradio's).

    Raises:
        NotLoggedIn: it did not pass `annotator.access`, or as one of its few public addresses.
    """
    person = getattr(request.state, "person", None)
    if not isinstance(person, Person):
        raise NotLoggedIn
    return person


def current_annotator(studio: Studio, request: HTTPConnection) -> tuple[int, str]:
    """The id and name of the person who sent this request (FastAPI's or Gradio's)."""
    person = current_person(request)
    if person.annotator_id is not None:
        return person.annotator_id, person.name
    return ensure_annotator(studio.database, person.name), person.name
