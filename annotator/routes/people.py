"""/api/people: what admins do with accounts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.accounts import create_account, reset_password
from annotator.errors import AppError
from annotator.identity import current_person
from annotator.studio import Studio
from db.accounts import (
    disable,
    enable,
    end_sessions,
    get_account,
    has_accounts,
    list_accounts,
    set_role,
)
from db.roles import Role
from db.views import AccountView

PersonId = Annotated[int, Path(ge=1, lt=2**63)]


class PersonBody(BaseModel):
    """A new account; without a password a one-time password is made and answered once."""

    name: Annotated[str, Field(max_length=1000)]
    role: Role = Role.annotator
    password: Annotated[str, Field(max_length=1000)] | None = None


class ChangeBody(BaseModel):
    """What to change of an account; what is left out stays as it is."""

    role: Role | None = None
    disabled: bool | None = None


class PersonOut(BaseModel):
    """A person with their account; without `can_log_in` only a name on annotations."""

    id: int
    name: str
    role: Role
    can_log_in: bool
    must_change_password: bool
    disabled: bool
    created_at: datetime
    last_active_at: datetime | None


class OneTimePassword(BaseModel):
    """An account and the password to hand over; empty if one was chosen."""

    person: PersonOut
    one_time_password: str


class PeopleRoutes:
    """Each is refused to everybody but admins."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def everybody(self) -> list[PersonOut]:
        """All people by name, with and without an account."""
        return [_out(account) for account in list_accounts(self.database)]

    def add(self, body: PersonBody, request: Request) -> OneTimePassword:
        """A new account; the very first has to be an admin's, who else could add the others."""
        if body.role is not Role.admin and not has_accounts(self.database):
            raise AppError(
                "The first account has to be an admin's.",
                hint="From then on everybody logs in, you too.",
            )
        person_id, password = create_account(
            self.studio, body.name, body.role, body.password, by=self._actor(request)
        )
        return OneTimePassword(person=self._get(person_id), one_time_password=password)

    def change(self, person_id: PersonId, body: ChangeBody, request: Request) -> PersonOut:
        """The role, or whether the person may log in; it counts from their next request on."""
        by = self._actor(request)
        if body.role is not None:
            set_role(self.database, person_id, body.role, by=by)
        if body.disabled is not None:
            (disable if body.disabled else enable)(self.database, person_id, by=by)
        return self._get(person_id)

    def reset(self, person_id: PersonId, request: Request) -> OneTimePassword:
        """A one-time password; the person is logged out everywhere."""
        name = self._get(person_id).name
        password = reset_password(self.studio, person_id, name, by=self._actor(request))
        return OneTimePassword(person=self._get(person_id), one_time_password=password)

    def log_out(self, person_id: PersonId, request: Request) -> PersonOut:
        """Ends all sessions of a person; their API tokens stay."""
        end_sessions(self.database, person_id, by=self._actor(request))
        return self._get(person_id)

    def _get(self, person_id: int) -> PersonOut:
        return _out(get_account(self.database, person_id))

    def _actor(self, request: Request) -> int | None:
        return current_person(request).annotator_id


def _out(account: AccountView) -> PersonOut:
    return PersonOut(
        id=account.id,
        name=account.name,
        role=account.role,
        can_log_in=account.can_log_in,
        must_change_password=account.must_change_password,
        disabled=account.disabled_at is not None,
        created_at=account.created_at,
        last_active_at=account.last_active_at,
    )


def router(studio: Studio) -> APIRouter:
    """The routes of the People page."""
    routes = APIRouter(prefix="/api/people", tags=["people"], dependencies=[requires(Role.admin)])
    handle = PeopleRoutes(studio)
    routes.add_api_route("", handle.everybody, methods=["GET"], summary="List people")
    routes.add_api_route("", handle.add, methods=["POST"], summary="Add an account")
    routes.add_api_route(
        "/{person_id}", handle.change, methods=["PATCH"], summary="Change an account"
    )
    routes.add_api_route(
        "/{person_id}/reset", handle.reset, methods=["POST"], summary="Reset a password"
    )
    routes.add_api_route(
        "/{person_id}/logout", handle.log_out, methods=["POST"], summary="Log a person out"
    )
    return routes
