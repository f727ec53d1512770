"""/login, /logout and /password: the forms, and the session cookie that they set and take away."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from annotator.access import is_secure, session_only, set_session_cookie
from annotator.accounts import LoginRefused, change_password, local_path, log_in
from annotator.entrance import asset, login_page, password_page
from annotator.errors import AppError, explain
from annotator.identity import Person, current_person
from annotator.sessions import COOKIE, Sessions
from annotator.studio import Studio
from db.logins import record_logout
from db.views import LoginView

Text = Annotated[str, Form(max_length=4000)]


class LoginRoutes:
    """Plain forms: they work without a script, and password managers know them."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.sessions = Sessions.of(studio.workspace, studio.settings)

    def ask(self, request: Request, next: str = "/") -> Response:
        """The form, or straight on for whoever needs none."""
        if getattr(request.state, "person", None) is not None:
            return _go(local_path(next))
        return login_page(next_path=local_path(next))

    def enter(
        self, request: Request, name: Text = "", password: Text = "", next: Text = "/"
    ) -> Response:
        """Starts a session and returns to where the person wanted to be."""
        address = request.client.host if request.client else ""
        next = local_path(next)
        try:
            account = log_in(self.studio, name, password, address=address)
        except LoginRefused as error:
            waiting = error.wait_seconds
            answer = login_page(
                next_path=next,
                name=name,
                problem=explain(error),
                wait_seconds=waiting,
                status=429 if waiting else 401,
            )
            if waiting:
                answer.headers["Retry-After"] = str(waiting)
            return answer
        return self._with_session(request, account, next)

    def leave(self, request: Request) -> Response:
        """Ends this session; the others of the same person go on."""
        person = current_person(request)
        if session := person.session:
            record_logout(
                self.studio.database,
                session.annotator_id,
                session.id,
                expires_at=self.sessions.expires_at(session),
            )
        answer = _go("/login")
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return answer

    def ask_password(self, request: Request, next: str = "/") -> Response:
        """The form that changes one's own password."""
        session_only(request)
        return self._password_form(current_person(request), local_path(next))

    def change(
        self,
        request: Request,
        current: Text = "",
        new: Text = "",
        again: Text = "",
        next: Text = "/",
    ) -> Response:
        """Replaces the password and every session but this browser's."""
        session_only(request)
        person, next = current_person(request), local_path(next)
        if new != again:
            told = "The two new passwords are not the same."
            return self._password_form(person, next, told, 422)
        try:
            account = change_password(self.studio, person.name, current, new)
        except LoginRefused as error:
            status = 429 if error.wait_seconds else 401
            return self._password_form(person, next, explain(error), status)
        except AppError as error:
            return self._password_form(person, next, explain(error), 422)
        return self._with_session(request, account, next)

    def _password_form(
        self, person: Person, next: str, problem: str = "", status: int = 200
    ) -> Response:
        return password_page(
            name=person.name,
            next_path=next,
            must_change=person.must_change_password,
            problem=problem,
            status=status,
        )

    def _with_session(self, request: Request, account: LoginView, target: str) -> Response:
        session = self.sessions.start(account.id, account.name, account.session_epoch)
        answer = _go(target)
        secure = is_secure(request.scope, self.studio.settings)
        set_session_cookie(answer, self.sessions, session, secure=secure)
        return answer


def router(studio: Studio) -> APIRouter:
    """The way in and out."""
    routes = APIRouter(include_in_schema=False)
    handle = LoginRoutes(studio)
    routes.add_api_route("/login", handle.ask, methods=["GET"])
    routes.add_api_route("/login", handle.enter, methods=["POST"])
    routes.add_api_route("/login/{name}", _asset, methods=["GET"])
    routes.add_api_route("/logout", lambda: _go("/account"), methods=["GET"])
    routes.add_api_route("/logout", handle.leave, methods=["POST"])
    routes.add_api_route("/password", handle.ask_password, methods=["GET"])
    routes.add_api_route("/password", handle.change, methods=["POST"])
    return routes


def _asset(name: str) -> Response:
    try:
        content, media_type = asset(name)
    except KeyError as error:
        raise HTTPException(404) from error
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
