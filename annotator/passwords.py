"""Passwords: the rules, the hashes (argon2id), and the one-time passwords that admins hand out."""

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from annotator.errors import AppError

SHORTEST, LONGEST = 10, 1000
# Without letters and digits that look alike; 16 of these 31 are 79 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
# Each hash takes 64 MiB: a crowd at the door must not take all the memory.
_AT_ONCE = BoundedSemaphore(2)
_HASHER = PasswordHasher()


def check_password(password: str, *, name: str) -> None:
    """Refuses a password that is too easy to guess for this person.

    Raises:
        AppError: says which rule it breaks.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise AppError(f"A password needs at least {SHORTEST} characters.")
    if len(text) > LONGEST:
        raise AppError(f"A password has at most {LONGEST:,} characters.")
    if len(set(text)) < 4:
        raise AppError("A password needs at least four different characters.")
    if text.casefold().strip() == name.casefold():
        raise AppError("The password may not be the name.")


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def verify_password(password: str, known_hash: str | None) -> bool:
    """Whether the password is the hashed one; takes as long when there is no hash."""
    text = _normal(password[: LONGEST + 1])
    with _AT_ONCE:
        try:
            matches = _HASHER.verify(known_hash or _nobodys_hash(), text)
        except (VerificationError, InvalidHashError):
            return False
    return matches and known_hash is not None


def is_outdated(known_hash: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(known_hash)


def one_time_password() -> str:
    """A random password to hand over, in groups that can be read out: ``k3mf-x7pq-…``."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex())


def _normal(password: str) -> str:
    """The same characters whichever keyboard typed them."""
    return unicodedata.normalize("NFC", password)
