"""`mmvp user` and `mmvp token`: who may log in, and with what scripts do."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, note, shown, table
from db.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from db.database import Database
    from db.views import AccountView, TokenView

user_app = typer.Typer(help="Accounts: who may log in, and with which role.", no_args_is_help=True)
token_app = typer.Typer(
    help="API tokens: secrets with which scripts act as a person.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What the person may do.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
OneTime = Annotated[
    bool,
    typer.Option("--one-time", help="Print a password that works once, then has to be changed."),
]


@user_app.command("add")
@guarded
def add_user(
    name: Name,
    role: RoleOption = Role.annotator,
    one_time: OneTime = False,
    password_stdin: PasswordStdin = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Give a person an account; asks for the password.

    A name that annotated before keeps its work. With the first account everybody has to log in.
    """
    from annotator.accounts import create_account

    password = _password(one_time=one_time, from_stdin=password_stdin)
    with options.open_studio(options.settings_for(workspace, database_url), create=True) as studio:
        _, chosen = create_account(studio, name, role, password)
        _note_admins(studio.database)
    note(f"{shown(name)} may log in as {role}.")
    _print_one_time(chosen)


@user_app.command("list")
@guarded
def list_users(
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """List everybody: role, whether they may log in, last activity."""
    from db.accounts import list_accounts

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        people = list_accounts(studio.database)
    if as_json:
        emit_json([_user_json(person) for person in people])
        return
    rows = [("name", "role", "login", "last active")]
    rows += [
        (shown(person.name), person.role.value, _login(person), _day(person.last_active_at))
        for person in people
    ]
    print(table(rows))


@user_app.command("role")
@guarded
def change_role(
    name: Name,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="annotator, reviewer or admin.")],
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Change what a person may do; it counts from their next click on."""
    from db.accounts import get_account, set_role

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        set_role(studio.database, get_account(studio.database, name).id, role)
    note(f"{shown(name)} is now {role}.")


@user_app.command("disable")
@guarded
def disable_user(
    name: Name,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Shut a person out at once, sessions and tokens included; their work stays."""
    from db.accounts import disable, get_account

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        disable(studio.database, get_account(studio.database, name).id)
    note(f"{shown(name)} is shut out.")


@user_app.command("enable")
@guarded
def enable_user(
    name: Name,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Let a disabled person in again, with the password they had."""
    from db.accounts import enable, get_account

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        enable(studio.database, get_account(studio.database, name).id)
    note(f"{shown(name)} may log in again.")


@user_app.command("reset")
@guarded
def reset_user(
    name: Name,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the new password instead of making one up.")
    ] = False,
    password_stdin: PasswordStdin = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Print a one-time password for a person, and log them out everywhere."""
    from annotator.accounts import reset_password
    from db.accounts import get_account

    password = _password(one_time=not ask and not password_stdin, from_stdin=password_stdin)
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        person = get_account(studio.database, name)
        chosen = reset_password(studio, person.id, person.name, password)
    note(f"{shown(name)} has a new password.")
    _print_one_time(chosen)


@token_app.command("add")
@guarded
def add_token(
    name: Name,
    token_name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="What the token is for.")
    ] = "command line",
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            min=1,
            max=3650,
            metavar="N",
            help="Days after which it works no longer.",
            show_default="until it is revoked",
        ),
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Print a new API token of a person; it is shown this once."""
    from annotator.accounts import create_token
    from db.accounts import get_account

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        person = get_account(studio.database, name)
        made = create_token(studio, person.id, token_name, days=days)
    note(f"Token {made.id} of {shown(name)}; it cannot be shown again:")
    print(made.secret)


@token_app.command("list")
@guarded
def list_tokens(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Only this person's.")
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """List API tokens, without their secrets."""
    from db.accounts import get_account
    from db.tokens import list_tokens as tokens_of

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        whose = get_account(studio.database, name).id if name is not None else None
        tokens = tokens_of(studio.database, whose)
    if as_json:
        emit_json([_token_json(token) for token in tokens])
        return
    rows = [("token", "id", "person", "last used", "ends", "state")]
    rows += [
        (
            shown(token.name),
            str(token.id),
            shown(token.annotator),
            _day(token.last_used_at),
            _day(token.expires_at),
            token.standing,
        )
        for token in tokens
    ]
    print(table(rows))


@token_app.command("revoke")
@guarded
def revoke(
    token_id: Annotated[int, typer.Argument(metavar="ID", help="The token's number.")],
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """End an API token at once."""
    from db.tokens import revoke_token

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        revoke_token(studio.database, token_id)
    note(f"Token {token_id} works no longer.")


def _password(*, one_time: bool, from_stdin: bool) -> str | None:
    """The password to set; None asks for a one-time one. It never stands in a command."""
    if one_time and from_stdin:
        raise typer.BadParameter(
            "a one-time password is made up, not read.", param_hint="--one-time"
        )
    if one_time:
        return None
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "nobody is there to ask; give it with --password-stdin or use --one-time.",
            param_hint="password",
        )
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _print_one_time(password: str) -> None:
    if password:
        note("Hand this one-time password over; it has to be changed at the first login:")
        print(password)


def _note_admins(database: "Database") -> None:
    from db.accounts import list_accounts

    people = list_accounts(database)
    if not any(p.can_log_in and p.role is Role.admin and not p.disabled_at for p in people):
        note("Nobody is an admin yet: `mmvp user add NAME --role admin` makes one.")


def _login(person: "AccountView") -> str:
    if not person.can_log_in:
        return "no account"
    if person.disabled_at:
        return "disabled"
    return "one-time password" if person.must_change_password else "yes"


def _day(at: "datetime | None") -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else "never"


def _user_json(person: "AccountView") -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role.value,
        "login": _login(person),
        "created_at": person.created_at.isoformat(),
        "last_active_at": person.last_active_at and person.last_active_at.isoformat(),
    }


def _token_json(token: "TokenView") -> dict[str, object]:
    return {
        "id": token.id,
        "person": token.annotator,
        "name": token.name,
        "created_at": token.created_at.isoformat(),
        "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(),
        "expires_at": token.expires_at and token.expires_at.isoformat(),
    }
