"""Who a request is from: what its token, its session cookie or its chosen name are worth now."""

import time
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from annotator.accounts import token_digest
from annotator.guard import is_bearer, open_to_others
from annotator.identity import COOKIE as NAME_COOKIE
from annotator.identity import Person, chosen_name
from annotator.sessions import COOKIE, Session, Sessions
from annotator.studio import Studio
from db.accounts import has_accounts
from db.logins import Standing, session_standing, token_standing
from db.roles import Role
from db.tokens import touch_token

# What scripts may use their tokens for; pages are for people.
TOKEN_PATHS = ("/api/", "/images/", "/thumbnails/", "/exports/")
TOUCH_SECONDS = 60
# How late a change by another process may count here; our own changes count at once.
REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 1000


class _Answer(NamedTuple):
    person: Person
    until: float
    n_writes: int


class Credentials:
    """Asks the database, and for the many requests of one page only once."""

    def __init__(self, studio: Studio, sessions: Sessions) -> None:
        self.studio, self.database, self.sessions = studio, studio.database, sessions
        self._answers: dict[tuple[str, ...], _Answer] = {}

    async def person(self, request: Request) -> Person | None:
        """The person, or None if nobody can tell."""
        bearer = is_bearer(request.headers)
        if bearer and not request.url.path.startswith(TOKEN_PATHS):
            return None
        given = request.headers["authorization"] if bearer else ""
        key = (given, request.cookies.get(COOKIE, ""), request.cookies.get(NAME_COOKIE, ""))
        found = self._answers.get(key)
        if found and found.until > time.monotonic() and found.n_writes == self.database.n_writes:
            return found.person
        return await run_in_threadpool(self._ask, request, key)

    def _ask(self, request: Request, key: tuple[str, ...]) -> Person | None:
        n_writes = self.database.n_writes  # read before the question, so that no change is missed
        person = self._identify(request)
        if person is not None:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            until = time.monotonic() + REMEMBERED_SECONDS
            self._answers[key] = _Answer(person, until, n_writes)
        return person

    def _identify(self, request: Request) -> Person | None:
        if is_bearer(request.headers):  # and nothing else counts then, for it passed no CSRF check
            return self._of_token(request.headers["authorization"][len("bearer ") :].strip())
        session = self.sessions.read(request.cookies.get(COOKIE, ""))
        if session is not None and (found := self._standing(session)):
            return _person(found, session)
        if self._is_open():
            return Person(chosen_name(self.studio, request), Role.admin)
        return None

    def _standing(self, session: Session) -> Standing | None:
        return session_standing(
            self.database, session.annotator_id, session.name, session.epoch, session.id
        )

    def _of_token(self, secret: str) -> Person | None:
        found = token_standing(self.database, token_digest(secret))
        if found is None or found.token_id is None:
            return None
        used = found.token_used_at
        if used is None or (datetime.now(UTC) - used).total_seconds() > TOUCH_SECONDS:
            touch_token(self.database, found.token_id)
        return _person(found, None)

    def _is_open(self) -> bool:
        """Whether this is one person's machine; the first account ends that for good."""
        return not open_to_others(self.studio.settings) and not has_accounts(self.database)


def _person(standing: Standing, session: Session | None) -> Person:
    return Person(
        name=standing.name,
        role=standing.role,
        annotator_id=standing.annotator_id,
        session=session,
        token_id=standing.token_id,
        must_change_password=standing.must_change_password,
    )
