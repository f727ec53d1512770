"""Session cookies: who logged in, signed, with an idle and an absolute end."""

import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from annotator.errors import AppError
from annotator.settings import Settings
from db.workspace import Workspace

COOKIE = "mmvp_session"
SECRET_FILE = ".session-secret"
# A cookie younger than this is not written again: most answers then carry none.
REFRESH_SECONDS = 300


@dataclass(frozen=True)
class Session:
    """One login; times are seconds since 1970. `renewed` is when its cookie was last written."""

    id: str
    annotator_id: int
    name: str
    epoch: int
    started: int
    renewed: int

    @property
    def is_due(self) -> bool:
        """Whether its cookie should be written again, so that work keeps it alive."""
        return time.time() - self.renewed > REFRESH_SECONDS


class Sessions:
    """Writes and reads the cookies of one server.

    Args:
        secret: whoever knows it can log in as anybody.
        idle_seconds: a session without a request for so long is over.
        absolute_seconds: a session this old is over, however busy.
    """

    def __init__(self, secret: str, *, idle_seconds: float, absolute_seconds: float) -> None:
        self.idle_seconds, self.absolute_seconds = idle_seconds, absolute_seconds
        self._serializer = URLSafeTimedSerializer(
            secret,
            salt="mmvp-session",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    @classmethod
    def of(cls, workspace: Workspace, settings: Settings) -> "Sessions":
        """The sessions that these settings ask for."""
        return cls(
            load_secret(workspace, settings),
            idle_seconds=settings.session_idle_hours * 3600,
            absolute_seconds=settings.session_hours * 3600,
        )

    def start(self, annotator_id: int, name: str, epoch: int) -> Session:
        """A new session of somebody who just showed who they are."""
        at = int(time.time())
        return Session(secrets.token_urlsafe(16), annotator_id, name, epoch, at, at)

    def to_cookie(self, session: Session) -> str:
        """The cookie's value, stamped with the present time."""
        fields = [
            session.id,
            session.annotator_id,
            session.name,
            session.epoch,
            session.started,
        ]
        written = self._serializer.dumps(fields)
        return written if isinstance(written, str) else written.decode("ascii")

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it is forged, of another server, or expired."""
        try:
            fields, stamp = self._serializer.loads(
                cookie, max_age=int(self.idle_seconds), return_timestamp=True
            )
            key, annotator_id, name, epoch, started = fields
        except (BadData, TypeError, ValueError):
            return None
        renewed = int(stamp.timestamp())
        session = Session(key, annotator_id, name, epoch, started, renewed)
        return session if time.time() < session.started + self.absolute_seconds else None

    def expires_at(self, session: Session) -> datetime:
        """When the session is over at the latest."""
        return datetime.fromtimestamp(session.started + self.absolute_seconds, UTC)


def load_secret(workspace: Workspace, settings: Settings) -> str:
    """MMVP_SECRET, else the workspace's own, which is made on first use for its owner only.

    Raises:
        AppError: the file cannot be written or read.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    path = workspace.root / SECRET_FILE
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AppError(
            "the secret that signs session cookies cannot be read or made.",
            where=str(path),
            hint="Give the server's user this file, or set MMVP_SECRET.",
        ) from error
    if len(secret) < 32:
        raise AppError(
            "the secret that signs session cookies is too short.",
            where=str(path),
            hint="Delete the file; a new one is made, and everybody logs in again.",
        )
    return secret


def _make_secret(path: Path) -> None:
    """Appears whole or not at all; of two servers that start at once, one is the first."""
    staged = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        os.link(staged, path)
    except FileExistsError:
        pass
    finally:
        staged.unlink()
