"""Logging in, changing passwords and making tokens: the rules between a form and the database."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from urllib.parse import urlsplit

from annotator.errors import AppError
from annotator.identity import valid_name
from annotator.passwords import (
    check_password,
    hash_password,
    is_outdated,
    one_time_password,
    verify_password,
)
from annotator.studio import Studio
from db.accounts import add_account, set_password
from db.logins import (
    TooManyAttempts,
    begin_attempt,
    find_login,
    forget_attempts,
    record_failure,
    record_login,
)
from db.roles import Role
from db.tokens import make_token
from db.views import LoginView

# Failures in a row that cost no waiting; many people may share one address.
FREE_PER_NAME, FREE_PER_ADDRESS = 5, 30
TOKEN_PREFIX = "mmvp_"  # lets secret scanners find a token that was published


class LoginRefused(AppError):
    """The name or password is wrong, or it is too early to try again.

    `wait_seconds` is 0 when the next attempt may come at once.
    """

    def __init__(self, what: str, wait_seconds: int = 0) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(what)


@dataclass(frozen=True)
class NewToken:
    """A token as it is shown once."""

    id: int
    secret: str


def log_in(studio: Studio, name: str, password: str, *, address: str) -> LoginView:
    """The account, if name and password are right; every attempt counts against the next ones.

    Raises:
        LoginRefused: says the same whether the name or the password is wrong.
    """
    database = studio.database
    name = " ".join(unicodedata.normalize("NFC", name[:200]).split())
    name_key, address_key = _name_key(name), f"address:{_address_group(address)}"
    _wait_for_turn(studio, {name_key: FREE_PER_NAME, address_key: FREE_PER_ADDRESS})
    account = find_login(database, name)
    if not verify_password(password, account.password_hash if account else None) or not account:
        record_failure(database, account.id if account else None, address=address)
        raise LoginRefused("Name or password is wrong.")
    stronger = hash_password(password) if is_outdated(account.password_hash) else None
    record_login(
        database,
        account.id,
        keys=(name_key, address_key),
        address=address,
        new_hash=stronger,
    )
    return account


def change_password(studio: Studio, name: str, current: str, new: str) -> LoginView:
    """Replaces one's own password; all other sessions end. Returns the account with its new epoch.

    Raises:
        LoginRefused: the current password is wrong.
        AppError: the new one breaks a rule.
    """
    check_password(new, name=name)
    _wait_for_turn(studio, {_name_key(name): FREE_PER_NAME})
    account = find_login(studio.database, name)
    if not account or not verify_password(current, account.password_hash):
        raise LoginRefused("The current password is wrong.")
    if current == new:
        raise AppError("The new password is the current one.")
    forget_attempts(studio.database, _name_key(name))
    kept = hash_password(new)
    epoch = set_password(studio.database, account.id, kept, by=account.id)
    return LoginView(account.id, account.name, kept, epoch)


def create_account(
    studio: Studio, name: str, role: Role, password: str | None = None, *, by: int | None = None
) -> tuple[int, str]:
    """A new account; returns its id and the one-time password, empty if `password` was given.

    Raises:
        AppError: the name or the password breaks a rule.
        AccountError: the name has an account.
    """
    name = valid_name(name)
    if password is not None:
        check_password(password, name=name)
    chosen = one_time_password() if password is None else password
    annotator_id = add_account(
        studio.database,
        name,
        role=role,
        password_hash=hash_password(chosen),
        must_change_password=password is None,
        by=by,
    )
    return annotator_id, "" if password is not None else chosen


def reset_password(
    studio: Studio,
    annotator_id: int,
    name: str,
    password: str | None = None,
    *,
    by: int | None = None,
) -> str:
    """A new password for somebody else; returns the one-time one, empty if `password` was given.

    Their sessions end, and whoever guessed at their name before no longer makes them wait.

    Raises:
        AppError: the password breaks a rule.
        AccountError: there is no such account.
    """
    if password is not None:
        check_password(password, name=name)
    chosen = one_time_password() if password is None else password
    set_password(
        studio.database,
        annotator_id,
        hash_password(chosen),
        must_change_password=password is None,
        by=by,
    )
    forget_attempts(studio.database, _name_key(name))
    return "" if password is not None else chosen


def create_token(
    studio: Studio,
    annotator_id: int,
    name: str,
    *,
    days: int | None = None,
    by: int | None = None,
) -> NewToken:
    """A new API token; its secret cannot be shown again.

    Raises:
        AppError: the token's name is none.
        TokenError: the person has too many, or the days are out of range.
    """
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    digest = token_digest(secret)
    token_id = make_token(studio.database, annotator_id, valid_name(name), digest, days=days, by=by)
    return NewToken(token_id, secret)


def token_digest(secret: str) -> str:
    """What is kept of a token; it is random, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def local_path(wanted: str) -> str:
    """The address to return to after logging in, if it is a path of this server; else the root."""
    odd = "\\" in wanted or any(ord(c) <= 32 or ord(c) == 127 for c in wanted)
    if odd or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path in {"/login", "/logout", "/password"}:
        return "/"
    return wanted


def _wait_for_turn(studio: Studio, free: dict[str, int]) -> None:
    try:
        begin_attempt(studio.database, free)
    except TooManyAttempts as error:
        seconds = max(1, ceil((error.until - datetime.now(UTC)).total_seconds()))
        raise LoginRefused(
            f"Too many attempts. Try again in {_in_words(seconds)}.", wait_seconds=seconds
        ) from error


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{ceil(seconds / 60)} minutes"


def _name_key(name: str) -> str:
    """A digest: what was typed as a name may be a password."""
    return f"name:{hashlib.sha256(name.casefold().encode()).hexdigest()}"


def _address_group(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 one: one household has 2**64 of those."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
