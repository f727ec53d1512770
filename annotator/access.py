"""The one door: every request is from somebody who may make it, or goes no further.

Who somebody is comes from the session cookie or the API token; what they may do from their role.
A router or route that needs more than an annotator says so: `dependencies=[requires(Role.admin)]`.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.params import Depends as Dependency
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.credentials import Credentials
from annotator.entrance import closed_page
from annotator.errors import AppError, explain
from annotator.identity import Person, current_person
from annotator.sessions import COOKIE, Session, Sessions
from annotator.settings import Settings
from annotator.studio import Studio
from db.logins import TokenOver
from db.roles import Role

# All that somebody who is not logged in can reach.
PUBLIC = frozenset({"/healthz", "/login", "/login/login.css", "/login/login.js", "/login/icon.svg"})
# All that somebody with a one-time password can reach before they choose their own.
_BEFORE_CHANGE = PUBLIC | {"/password", "/logout", "/api/me"}
# Gradio's ways to read, fetch and write files and to show its own logs: no page of ours uses them.
_CLOSED = (
    "/gradio_api/file",
    "/gradio_api/proxy=",
    "/gradio_api/upload",
    "/gradio_api/stream",
    "/gradio_api/component_server",
    "/gradio_api/process_recording",
    "/gradio_api/run-history",
    "/gradio_api/runs",
    "/gradio_api/dev",
    "/gradio_api/token",
    "/gradio_api/deep_link",
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
    "/monitoring",
    "/svelte",
    "/login/",
)


class NotAllowed(AppError):
    """The person's role does not reach this far."""

    def __init__(self, person: Person, needed: Role) -> None:
        super().__init__(
            f"This needs the role {needed}; {person.name} has the role {person.role}.",
            hint="An admin can change it.",
        )


class NeedsSession(AppError):
    """Something that a person does in the browser only, and no token can."""

    def __init__(self) -> None:
        super().__init__("This cannot be done with an API token; log in in the browser.")


def check_role(person: Person, needed: Role) -> None:
    """Lets everybody pass whose role reaches so far.

    Raises:
        NotAllowed: it does not.
    """
    if not person.role.may(needed):
        raise NotAllowed(person, needed)


def requires(role: Role) -> Any:  # noqa: ANN401 - FastAPI's Depends() is typed so
    """A dependency for a router or route: only people with this role or a higher one."""

    def check(request: Request) -> None:
        check_role(current_person(request), role)

    check.role = role  # type: ignore[attr-defined]
    return Depends(check)


def role_of(route: object) -> Role:
    """The role that a route asks for; everybody who is logged in is an annotator at least."""
    found = [Role.annotator]
    for dependency in getattr(route, "dependencies", ()):
        if isinstance(dependency, Dependency):
            found.append(getattr(dependency.dependency, "role", Role.annotator))
    return max(found, key=list(Role).index)


def session_only(request: Request) -> Session:
    """The session of a person who is here in the browser.

    Raises:
        NeedsSession: the request came with a token, or there are no accounts.
    """
    session = current_person(request).session
    if session is None:
        raise NeedsSession
    return session


class Access:
    """ASGI middleware that finds out who a request is from and refuses the others.

    Args:
        page_roles: the role that each page needs, by the first part of its address.
    """

    def __init__(
        self, app: ASGIApp, studio: Studio, sessions: Sessions, page_roles: Mapping[str, Role]
    ) -> None:
        self.app, self.studio, self.sessions, self.page_roles = app, studio, sessions, page_roles
        self._credentials = Credentials(studio, sessions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the app has none
            await send({"type": "websocket.close", "code": 1008})
            return
        path = scope.get("path", "")
        if scope["type"] != "http" or path == "/healthz":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        person, refusal = None, None
        try:
            person = await self._credentials.person(request)
        except TokenOver as error:
            refusal = _log_in_first(explain(error))
        refusal = refusal or self._refuse(request, path, person)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if person is not None:
            scope.setdefault("state", {})["person"] = person
        await self.app(scope, receive, self._renewing(scope, person, send))

    def _refuse(self, request: Request, path: str, person: Person | None) -> Response | None:
        if path in PUBLIC:
            return None
        if person is None:
            return _to_login(request) if _wants_page(request) else _log_in_first()
        if person.must_change_password and path not in _BEFORE_CHANGE:
            if _wants_page(request):
                return RedirectResponse(f"/password?next={_here(request)}", status_code=303)
            return JSONResponse({"message": "Choose a password of your own first."}, 403)
        if path.startswith(_CLOSED):
            return JSONResponse({"message": "There is nothing here."}, 404)
        needed = self.page_roles.get(path.strip("/").partition("/")[0], Role.annotator)
        if not person.role.may(needed):
            refusal = NotAllowed(person, needed)
            if _wants_page(request):
                return closed_page(str(refusal))
            return JSONResponse({"message": str(refusal)}, 403)
        return None

    def _renewing(self, scope: Scope, person: Person | None, send: Send) -> Send:
        """Writes a session's cookie again from time to time, so that only idle ones expire."""
        session = person.session if person else None
        if session is None or not session.is_due:
            return send

        async def renew(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                kept = "immutable" in headers.get("cache-control", "")
                if not kept and "set-cookie" not in headers:
                    secure = is_secure(scope, self.studio.settings)
                    written = Response()
                    set_session_cookie(written, self.sessions, session, secure=secure)
                    headers.append("set-cookie", written.headers["set-cookie"])
            await send(message)

        return renew


def is_secure(scope: Scope, settings: Settings) -> bool:
    """Whether cookies may travel by https only."""
    return scope["scheme"] == "https" or settings.behind_proxy


def set_session_cookie(
    response: Response, sessions: Sessions, session: Session, *, secure: bool
) -> None:
    """Hands the session to the browser, out of reach of scripts and of other sites."""
    ends = min(sessions.idle_seconds, session.started + sessions.absolute_seconds - time.time())
    response.set_cookie(
        COOKIE,
        sessions.to_cookie(session),
        max_age=max(0, int(ends)),
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def _wants_page(request: Request) -> bool:
    """Whether a person's browser goes there, rather than a script of ours."""
    path = request.url.path
    return (
        request.method in {"GET", "HEAD"}
        and "text/html" in request.headers.get("accept", "")
        and (path == "/api/docs" or not path.startswith("/api/"))
    )


def _to_login(request: HTTPConnection) -> Response:
    here = _here(request)
    target = "/login" if here == quote("/", safe="") else f"/login?next={here}"
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def _here(request: HTTPConnection) -> str:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return quote(path, safe="")


def _log_in_first(message: str = "Log in first.") -> Response:
    return JSONResponse(
        {"message": message},
        401,
        headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
    )
