"""A studio with three accounts, and clients that are logged in to it."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.accounts import create_account
from annotator.settings import Settings
from annotator.studio import Studio
from db.accounts import get_account
from db.roles import Role
from tests.seeding import seed

# By name; each role has one person.
PASSWORDS = {"Ann": "annotate all day", "Rita": "review all night", "Ada": "administer well"}
ROLES = {"Ann": Role.annotator, "Rita": Role.reviewer, "Ada": Role.admin}
BY_ROLE = {role: name for name, role in ROLES.items()}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def open_shared(root: Path, *, n_pairs: int = 3, **settings: object) -> Studio:
    """A seeded workspace where Ann, Rita and Ada have accounts."""
    shutil.copytree(_template(n_pairs) / "workspace", root / "workspace")
    given = Settings(annotator="Nobody", **settings)  # type: ignore[arg-type]
    return Studio.open(root / "workspace", given)


@cache
def _template(n_pairs: int) -> Path:
    """Made once, for hashing passwords is slow on purpose."""
    root = Path(tempfile.mkdtemp(prefix="mmvp-people-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    seed(root, n_pairs=n_pairs)
    with Studio.open(root / "workspace", Settings()) as studio:
        for name, role in ROLES.items():
            create_account(studio, name, role, PASSWORDS[name])
    return root


def logged_in(app: FastAPI, name: str, password: str | None = None) -> TestClient:
    """A browser in which this person has just logged in."""
    client = TestClient(app, follow_redirects=False)
    form = {"name": name, "password": password or PASSWORDS[name]}
    answer = client.post("/login", data=form)
    assert answer.status_code == 303, answer.text
    return client


def id_of(studio: Studio, name: str) -> int:
    """The person's number."""
    return get_account(studio.database, name).id
