"""/api/tokens: one's own API tokens, and ending one's own sessions."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from annotator.access import is_secure, session_only, set_session_cookie
from annotator.accounts import create_token
from annotator.identity import current_person
from annotator.sessions import Sessions
from annotator.studio import Studio
from db.accounts import end_sessions
from db.tokens import MOST_DAYS, list_tokens, revoke_token
from db.views import TokenView

TokenId = Annotated[int, Path(ge=1, lt=2**63)]


class TokenBody(BaseModel):
    """What a new token is for, and for how many days; without them it works until revoked."""

    name: Annotated[str, Field(max_length=1000)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None


class TokenOut(BaseModel):
    """A token without its secret."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None


class NewTokenOut(BaseModel):
    """A token with its secret, which is answered this once."""

    token: TokenOut
    secret: str


class TokenRoutes:
    """A token can list and revoke, but only a person in the browser can make one."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database
        self.sessions = Sessions.of(studio.workspace, studio.settings)

    def mine(self, request: Request) -> list[TokenOut]:
        """One's own tokens, newest first, the revoked ones included."""
        person = current_person(request)
        if person.annotator_id is None:
            return []
        return [_out(token) for token in list_tokens(self.database, person.annotator_id)]

    def make(self, body: TokenBody, request: Request) -> NewTokenOut:
        """A token with one's own role; its secret cannot be read again."""
        mine = session_only(request).annotator_id
        made = create_token(self.studio, mine, body.name, days=body.days, by=mine)
        (token,) = (token for token in list_tokens(self.database, mine) if token.id == made.id)
        return NewTokenOut(token=_out(token), secret=made.secret)

    def revoke(self, token_id: TokenId, request: Request) -> Response:
        """Ends one of one's own tokens at once."""
        mine = current_person(request).annotator_id
        revoke_token(self.database, token_id, of=mine if mine is not None else 0, by=mine)
        return Response(status_code=204)

    def log_out_elsewhere(self, request: Request, response: Response) -> dict[str, bool]:
        """Ends one's other sessions, on every machine but this; API tokens stay."""
        old = session_only(request)
        epoch = end_sessions(self.database, old.annotator_id, by=old.annotator_id)
        session = self.sessions.start(old.annotator_id, old.name, epoch)
        secure = is_secure(request.scope, self.studio.settings)
        set_session_cookie(response, self.sessions, session, secure=secure)
        return {"done": True}


def _out(token: TokenView) -> TokenOut:
    return TokenOut(
        id=token.id,
        name=token.name,
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        expires_at=token.expires_at,
    )


def router(studio: Studio) -> APIRouter:
    """The routes of the Account page."""
    routes = APIRouter(prefix="/api", tags=["account"])
    handle = TokenRoutes(studio)
    routes.add_api_route("/tokens", handle.mine, methods=["GET"], summary="List my tokens")
    routes.add_api_route("/tokens", handle.make, methods=["POST"], summary="Make a token")
    routes.add_api_route(
        "/tokens/{token_id}",
        handle.revoke,
        methods=["DELETE"],
        status_code=204,
        summary="Revoke a token",
    )
    routes.add_api_route(
        "/me/logout-elsewhere",
        handle.log_out_elsewhere,
        methods=["POST"],
        summary="Log out everywhere else",
    )
    return routes
