"""Accounts, attempts to log in, sessions and tokens in the database."""

from datetime import timedelta

import pytest
from sqlmodel import select

from db.account_tables import LoginAttempt
from db.accounts import (
    AccountError,
    NoSuchAccount,
    add_account,
    disable,
    enable,
    end_sessions,
    get_account,
    has_accounts,
    list_accounts,
    set_password,
    set_role,
)
from db.annotators import ensure_annotator
from db.database import Database
from db.history import events
from db.logins import (
    FIRST_DELAY,
    FORGET_AFTER,
    LONGEST_DELAY,
    TokenOver,
    TooManyAttempts,
    begin_attempt,
    delay,
    find_login,
    forget_attempts,
    record_failure,
    record_login,
    record_logout,
    session_standing,
    token_standing,
)
from db.roles import Role
from db.times import now
from db.tokens import MOST_TOKENS, NoSuchToken, TokenError, list_tokens, make_token, revoke_token
from tests.db.seeding import Seeded

HASH = "$argon2id$not-a-real-one"


@pytest.fixture
def ada(database: Database) -> int:
    return add_account(database, "Ada", role=Role.admin, password_hash=HASH)


def age_attempts(database: Database, by: timedelta) -> None:
    """As if all attempts so far had been made earlier."""
    with database.write() as session:
        for row in session.exec(select(LoginAttempt)):
            row.last_at -= by


def test_roles_are_in_order() -> None:
    assert [role.may(Role.reviewer) for role in Role] == [False, True, True]
    assert all(role.may(Role.annotator) and Role.admin.may(role) for role in Role)


def test_names_alone_are_no_accounts(seeded: Seeded) -> None:
    assert not has_accounts(seeded.database)
    assert find_login(seeded.database, "Ada") is None
    with pytest.raises(NoSuchAccount, match="Ada has no account"):
        set_role(seeded.database, seeded.ada, Role.reviewer)


def test_a_name_that_annotated_keeps_its_work(seeded: Seeded) -> None:
    added = add_account(seeded.database, "Ada", role=Role.reviewer, password_hash=HASH)
    assert added == seeded.ada
    assert ensure_annotator(seeded.database, "Ada") == seeded.ada
    assert has_accounts(seeded.database)
    account = get_account(seeded.database, "Ada")
    assert (account.role, account.can_log_in) == (Role.reviewer, True)
    assert account.last_active_at is not None
    assert get_account(seeded.database, seeded.ada) == account


@pytest.mark.parametrize("name", ["Ada", "ADA"])
def test_a_name_is_given_once(database: Database, ada: int, name: str) -> None:
    with pytest.raises(AccountError, match="Ada has an account already"):
        add_account(database, name, role=Role.annotator, password_hash=HASH)


def test_somebody_stays_who_can_manage_the_others(database: Database, ada: int) -> None:
    for change in (
        lambda: disable(database, ada),
        lambda: set_role(database, ada, Role.reviewer),
    ):
        with pytest.raises(AccountError, match="only admin"):
            change()
    zoe = add_account(database, "Zoë", role=Role.admin, password_hash=HASH)
    disable(database, ada, by=zoe)
    with pytest.raises(AccountError, match="only admin"):
        disable(database, zoe)
    enable(database, ada, by=zoe)
    set_role(database, zoe, Role.annotator, by=ada)
    assert [person.role for person in list_accounts(database)] == [Role.admin, Role.annotator]


def test_every_change_is_one_event_without_a_secret(database: Database, ada: int) -> None:
    ben = add_account(database, "Ben", role=Role.annotator, password_hash=HASH, by=ada)
    set_role(database, ben, Role.reviewer, by=ada)
    set_password(database, ben, HASH + "2", by=ben)
    token = make_token(database, ben, "nightly", "ab" * 32, by=ben)
    revoke_token(database, token, of=ben, by=ben)
    revoke_token(database, token, of=ben, by=ben)  # is revoked already
    record_login(database, ben, keys=("name:x", "address:y"), address="10.0.0.7")
    record_failure(database, ben, address="10.0.0.7")
    record_logout(database, ben, "s1", expires_at=now() + timedelta(days=1))
    end_sessions(database, ben, by=ben)
    disable(database, ben, by=ada)
    enable(database, ben, by=ada)
    told = list(reversed(events(database)))
    assert [event.kind for event in told] == [
        "account",
        "account",
        "role",
        "password",
        "token_made",
        "token_revoked",
        "login",
        "login_failed",
        "logout",
        "sessions_ended",
        "disabled",
        "enabled",
    ]
    assert [event.annotator for event in told[:4]] == [None, "Ada", "Ada", "Ben"]
    assert told[2].data == {"name": "Ben", "before": "annotator", "after": "reviewer"}
    assert not any(HASH in str(event.data) or "abab" in str(event.data) for event in told)


def test_delays_grow_to_a_limit() -> None:
    waits = [delay(failures, 5) for failures in range(200)]
    assert waits[:7] == [timedelta()] * 5 + [FIRST_DELAY, 2 * FIRST_DELAY]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_DELAY


def test_attempts_are_counted_and_have_to_wait(database: Database) -> None:
    for _ in range(3):
        begin_attempt(database, {"name:a": 3, "address:1": 100})
    for _ in range(2):  # refused attempts do not make it worse
        with pytest.raises(TooManyAttempts) as refusal:
            begin_attempt(database, {"name:a": 3, "address:2": 100})
    assert now() < refusal.value.until <= now() + FIRST_DELAY
    begin_attempt(database, {"name:b": 3, "address:2": 100})
    age_attempts(database, FIRST_DELAY)
    begin_attempt(database, {"name:a": 3, "address:1": 100})
    with pytest.raises(TooManyAttempts) as refusal:
        begin_attempt(database, {"name:a": 3, "address:1": 100})
    assert refusal.value.until > now() + FIRST_DELAY
    forget_attempts(database, "name:a")
    begin_attempt(database, {"name:a": 3, "address:1": 100})


def test_attempts_are_forgotten_after_some_quiet(database: Database) -> None:
    for _ in range(3):
        begin_attempt(database, {"name:a": 3})
    age_attempts(database, FORGET_AFTER + timedelta(seconds=1))
    for _ in range(3):
        begin_attempt(database, {"name:a": 3})


def test_an_address_with_many_people_is_not_cleared_by_one(database: Database, ada: int) -> None:
    keys = ("name:a", "address:1")
    for _ in range(4):
        begin_attempt(database, {keys[0]: 9, keys[1]: 5})
    record_login(database, ada, keys=keys, address="1", new_hash="stronger")
    with database.read() as session:
        left = {row.key: row.failures for row in session.exec(select(LoginAttempt))}
    assert left == {"address:1": 3}
    found = find_login(database, "Ada")
    assert found is not None
    assert found.password_hash == "stronger"


def test_a_session_ends_with_logout_epoch_disabling_or_another_name(
    database: Database, ada: int
) -> None:
    add_account(database, "Zoë", role=Role.admin, password_hash=HASH)
    standing = session_standing(database, ada, "Ada", 0, "s1")
    assert standing is not None
    assert (standing.name, standing.role) == ("Ada", Role.admin)
    record_logout(database, ada, "s1", expires_at=now() + timedelta(days=1))
    record_logout(database, ada, "s1", expires_at=now() + timedelta(days=1))
    assert session_standing(database, ada, "Ada", 0, "s1") is None
    assert session_standing(database, ada, "Ada", 0, "s2") is not None
    assert session_standing(database, ada, "Zoë", 0, "s2") is None
    assert session_standing(database, 999, "Ada", 0, "s2") is None
    assert end_sessions(database, ada) == 1
    assert session_standing(database, ada, "Ada", 0, "s2") is None
    assert session_standing(database, ada, "Ada", 1, "s2") is not None
    disable(database, ada)
    enable(database, ada)
    assert session_standing(database, ada, "Ada", 1, "s2") is None


def test_tokens_are_of_one_person(database: Database, ada: int) -> None:
    ben = add_account(database, "Ben", role=Role.annotator, password_hash=HASH)
    token = make_token(database, ada, "x", "a" * 64)
    standing = token_standing(database, "a" * 64)
    assert standing is not None
    assert (standing.annotator_id, standing.token_id) == (ada, token)
    assert token_standing(database, "b" * 64) is None
    for wrong in (token + 1, token):
        with pytest.raises(NoSuchToken):
            revoke_token(database, wrong, of=ben)
    revoke_token(database, token, of=ada)
    with pytest.raises(TokenOver, match="was revoked"):
        token_standing(database, "a" * 64)
    assert list_tokens(database, ben) == []
    assert list_tokens(database)[0].revoked_at is not None


def test_a_disabled_persons_token_works_no_longer(database: Database, ada: int) -> None:
    ben = add_account(database, "Ben", role=Role.annotator, password_hash=HASH)
    make_token(database, ben, "x", "a" * 64)
    disable(database, ben)
    assert token_standing(database, "a" * 64) is None


def test_tokens_need_an_account_and_have_a_limit(database: Database, ada: int) -> None:
    with pytest.raises(TokenError, match="Cyd has no account"):
        make_token(database, ensure_annotator(database, "Cyd"), "x", "a" * 64)
    for number in range(MOST_TOKENS):
        make_token(database, ada, "x", f"{number:064x}")
    with pytest.raises(TokenError, match="at most"):
        make_token(database, ada, "x", "f" * 64)
