"""`mmvp user` and `mmvp token`."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotator.accounts import LoginRefused, log_in, token_digest
from annotator.cli import app
from annotator.settings import Settings
from annotator.studio import Studio
from db.logins import TokenOver, token_standing
from tests.annotator.tiny_studio import Answer


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def mmvp(workspace: Path, *arguments: str, stdin: str | None = None) -> Answer:
    """Runs a command as from a script."""
    done = CliRunner().invoke(app, [*arguments, "-w", str(workspace)], input=stdin)
    return Answer(done.exit_code, done.stdout, done.stderr)


def may_log_in(workspace: Path, name: str, password: str) -> bool:
    with Studio.open(workspace, Settings()) as studio:
        try:
            log_in(studio, name, password, address="test")
        except LoginRefused:
            return False
        return True


def test_an_account_from_first_to_last(workspace: Path) -> None:
    first = mmvp(workspace, "user", "add", "Zoë", "--password-stdin", stdin="the longest day\n")
    assert first.code == 0, first.err
    assert "Nobody is an admin yet" in first.err
    assert first.out == ""
    assert may_log_in(workspace, "Zoë", "the longest day")
    assert mmvp(workspace, "user", "role", "Zoë", "admin").code == 0
    refused = mmvp(workspace, "user", "disable", "Zoë")
    assert (refused.code, "only admin" in refused.err) == (1, True)

    added = mmvp(workspace, "user", "add", "Ben", "--role", "reviewer", "--one-time")
    assert "Nobody is an admin" not in added.err
    once = added.out.strip()
    assert may_log_in(workspace, "Ben", once)
    assert once not in added.err
    assert mmvp(workspace, "user", "disable", "Ben").code == 0
    assert not may_log_in(workspace, "Ben", once)
    assert mmvp(workspace, "user", "enable", "Ben").code == 0
    again = mmvp(workspace, "user", "reset", "Ben").out.strip()
    assert not may_log_in(workspace, "Ben", once)
    assert may_log_in(workspace, "Ben", again)

    people = {one["name"]: one for one in mmvp(workspace, "user", "list", "--json").json}
    assert people["Zoë"]["role"] == "admin"
    assert people["Ben"]["login"] == "one-time password"
    table = mmvp(workspace, "user", "list").out
    assert "reviewer" in table
    assert "argon2" not in table + str(people)


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "told"),
    [
        (("user", "add", "Ben"), None, 2, "--password-stdin"),
        (("user", "add", "Ben", "--one-time", "--password-stdin"), "x", 2, "made up"),
        (("user", "add", "Ben", "--password-stdin"), "short\n", 1, "at least 10"),
        (("user", "add", "Ben", "--password-stdin"), "", 1, "at least 10"),
        (("user", "add", " ", "--one-time"), None, 1, "at least one letter"),
        (("user", "add", "Ben", "--role", "owner", "--one-time"), None, 2, "owner"),
        (("user", "add", "ADA", "--one-time"), None, 1, "Ada has an account already"),
        (("user", "role", "Ben", "admin"), None, 1, "Ben has no account"),
        (("user", "reset", "Ben"), None, 1, "Ben has no account"),
        (("token", "add", "Ben"), None, 1, "Ben has no account"),
        (("token", "revoke", "7"), None, 1, "no token 7"),
    ],
)
def test_refusals_are_one_line(
    workspace: Path, arguments: tuple[str, ...], stdin: str | None, code: int, told: str
) -> None:
    assert mmvp(workspace, "user", "add", "Ada", "--role", "admin", "--one-time").code == 0
    answer = mmvp(workspace, *arguments, stdin=stdin)
    assert (answer.code, answer.out) == (code, "")
    assert told in " ".join(answer.err.split())


def test_a_token_is_printed_alone(workspace: Path) -> None:
    mmvp(workspace, "user", "add", "Ada", "--role", "admin", "--one-time")
    made = mmvp(workspace, "token", "add", "Ada", "--name", "nightly")
    secret = made.out.strip()
    assert secret.startswith("mmvp_")
    with Studio.open(workspace, Settings()) as studio:
        standing = token_standing(studio.database, token_digest(secret))
    assert standing is not None
    assert standing.name == "Ada"
    (listed,) = mmvp(workspace, "token", "list", "Ada", "--json").json
    assert (listed["name"], listed["person"], listed["revoked_at"]) == ("nightly", "Ada", None)
    assert mmvp(workspace, "token", "revoke", str(listed["id"])).code == 0
    assert "revoked" in mmvp(workspace, "token", "list").out
    with (
        Studio.open(workspace, Settings()) as studio,
        pytest.raises(TokenOver, match="was revoked"),
    ):
        token_standing(studio.database, token_digest(secret))


def test_a_token_may_end_by_itself(workspace: Path) -> None:
    mmvp(workspace, "user", "add", "Ada", "--role", "admin", "--one-time")
    assert mmvp(workspace, "token", "add", "Ada", "--days", "0").code == 2
    assert mmvp(workspace, "token", "add", "Ada", "--days", "2", "--name", "short").code == 0
    assert mmvp(workspace, "token", "add", "Ada", "--name", "long").code == 0
    long, short = mmvp(workspace, "token", "list", "--json").json
    assert long["expires_at"] is None
    kept = datetime.fromisoformat(short["expires_at"]) - datetime.fromisoformat(short["created_at"])
    assert kept == timedelta(days=2)
    by_name = {
        line.split()[0]: line.split() for line in mmvp(workspace, "token", "list").out.splitlines()
    }
    ends = datetime.fromisoformat(short["expires_at"]).astimezone()
    assert f"{ends:%Y-%m-%d}" in by_name["short"]
    assert by_name["long"].count("never") == 2


def test_serving_to_others_needs_an_account(workspace: Path) -> None:
    Studio.open(workspace, Settings()).close()
    answer = mmvp(workspace, "serve", "--host", "0.0.0.0")
    assert answer.code == 1
    assert "mmvp user add NAME --role admin" in " ".join(answer.err.split())
    for option in (("--behind-proxy",), ("--public-host", "mmvp.example.org")):
        assert mmvp(workspace, "serve", *option).code == 1
