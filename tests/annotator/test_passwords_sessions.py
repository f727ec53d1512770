"""Password rules and hashes, session cookies and the secret that signs them."""

import os
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr

from annotator.errors import AppError
from annotator.passwords import (
    check_password,
    hash_password,
    is_outdated,
    one_time_password,
    verify_password,
)
from annotator.sessions import SECRET_FILE, Sessions, load_secret
from annotator.settings import Settings, load_settings
from db.workspace import Workspace

SECRET = "a secret that is long enough for this"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 10"),
        ("ninechars", "at least 10"),
        ("x" * 1001, "at most 1,000"),
        ("abababababab", "four different"),
        ("Ada of Ely\u0301", "may not be the name"),
        (" ada of el\u00fd", "may not be the name"),
    ],
)
def test_passwords_that_are_refused(password: str, why: str) -> None:
    with pytest.raises(AppError, match=why) as refusal:
        check_password(password, name="Ada of Elý")
    assert not password or password not in str(refusal.value)


def test_a_hash_is_argon2id_and_matches_only_its_password() -> None:
    kept = hash_password("pässword one")
    assert kept.startswith("$argon2id$")
    assert kept != hash_password("pässword one")
    assert verify_password("pa\u0308ssword one", kept)
    assert not verify_password("pässword two", kept)
    assert not verify_password("pässword one", None)
    assert not verify_password("pässword one", "not a hash")


def test_a_weak_hash_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not is_outdated(hash_password("x"))


def test_one_time_passwords_are_long_and_differ() -> None:
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password, name="Ada")


def sessions(secret: str = SECRET, idle: float = 100, absolute: float = 1000) -> Sessions:
    return Sessions(secret, idle_seconds=idle, absolute_seconds=absolute)


def test_a_cookie_comes_back_as_its_session() -> None:
    made = sessions().start(7, "Zoë", 3)
    read = sessions().read(sessions().to_cookie(made))
    assert read is not None
    assert (read.id, read.annotator_id, read.name, read.epoch) == (made.id, 7, "Zoë", 3)
    assert not read.is_due


def test_forged_and_foreign_cookies_are_none() -> None:
    cookie = sessions().to_cookie(sessions().start(7, "Zoë", 3))
    assert sessions("another secret that is long enough").read(cookie) is None
    for at in range(0, len(cookie), 3):
        changed = cookie[:at] + ("A" if cookie[at] != "A" else "B") + cookie[at + 1 :]
        if changed[-1] == cookie[-1]:  # the last character of base64 has spare bits
            assert sessions().read(changed) is None
    for nonsense in ("", ".", "..", "a.b.c", "\x00", cookie * 2, cookie.rsplit(".", 1)[0]):
        assert sessions().read(nonsense) is None
    other_salt = URLSafeTimedSerializer(SECRET, salt="else").dumps(["x", 7, "Zoë", 3, 0])
    assert sessions().read(str(other_salt)) is None


def test_idle_and_old_sessions_are_over() -> None:
    made = sessions().start(7, "Zoë", 3)
    cookie = sessions().to_cookie(made)
    assert sessions(idle=-1).read(cookie) is None
    assert sessions(absolute=-1).read(cookie) is None
    assert sessions().expires_at(made).timestamp() == pytest.approx(time.time() + 1000, abs=5)


def test_the_secret_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path).create()
    secret = load_secret(workspace, Settings())
    path = tmp_path / SECRET_FILE
    assert len(secret) >= 60
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secret(workspace, Settings()) == secret
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(SECRET_FILE)] == [SECRET_FILE]
    assert load_secret(workspace, Settings(secret=SecretStr(SECRET))) == SECRET


def test_a_short_or_missing_secret_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SECRET_FILE).write_text("short")
    with pytest.raises(AppError, match="too short"):
        load_secret(Workspace(tmp_path), Settings())
    with pytest.raises(AppError, match="cannot be read or made"):
        load_secret(Workspace(tmp_path / "nowhere"), Settings())
    monkeypatch.setenv("MMVP_SECRET", "short")
    with pytest.raises(AppError) as refusal:
        load_settings()
    assert refusal.value.where == "MMVP_SECRET"
    assert "short" not in str(refusal.value).replace("too short", "")
    os.environ.pop("MMVP_SECRET")
