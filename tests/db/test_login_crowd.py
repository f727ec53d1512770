"""Many who log in at the same moment: guesses are all counted, and nobody waits for nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from db.accounts import AccountError, add_account, disable, list_accounts
from db.database import Database
from db.logins import TooManyAttempts, begin_attempt, record_login
from db.roles import Role


def outcomes(database: Database, attempts: list[dict[str, int]]) -> Counter[str]:
    """How many of these attempts, all made at once, were let through and how many were not."""

    def attempt(free: dict[str, int]) -> str:
        try:
            begin_attempt(database, free)
        except TooManyAttempts:
            return "refused"
        return "let through"

    with ThreadPoolExecutor(len(attempts)) as pool:
        return Counter(pool.map(attempt, attempts))


def guesses_at_once(database: Database) -> None:
    """However many guess at one name at once, five get through."""
    guesses = [{"name:ann": 5, f"address:{n % 3}": 30} for n in range(24)]
    assert outcomes(database, guesses) == {"let through": 5, "refused": 19}


def people_at_once(database: Database) -> None:
    """A class that logs in from one address, one name each."""
    people = [{f"name:{n}": 5, "address:class": 30} for n in range(24)]
    assert outcomes(database, people) == {"let through": 24}
    who = add_account(database, "Teacher", role=Role.annotator, password_hash="$argon2id$x")

    def enter(n: int) -> None:
        record_login(database, who, keys=(f"name:{n}", "address:class"), address="class")

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(enter, range(24)))
    assert outcomes(database, [{"address:class": 1}]) == {"let through": 1}, "none is left over"


def admins_who_disable_each_other(database: Database) -> None:
    """One of them stays, every time."""
    for n in range(6):
        two = [
            add_account(database, f"Admin {n} {k}", role=Role.admin, password_hash="$argon2id$x")
            for k in range(2)
        ]
        for person in list_accounts(database):
            if person.id not in two and person.role is Role.admin and not person.disabled_at:
                disable(database, person.id)

        def shut_out(who: int) -> str:
            try:
                disable(database, who)
            except AccountError:
                return "refused"
            return "disabled"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(shut_out, two)) == ["disabled", "refused"]


def test_guesses_at_once(database: Database) -> None:
    guesses_at_once(database)


def test_admins_who_disable_each_other(database: Database) -> None:
    admins_who_disable_each_other(database)


def test_people_at_once(database: Database) -> None:
    people_at_once(database)
