"""Studio: one open workspace with its database and settings, handed to every page and command."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, TypeVar

from annotator.errors import AppError
from annotator.settings import Settings, keep_private, load_settings
from db.database import Database
from db.migrate import open_database
from db.moved_workspace import follow_workspace
from db.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Studio:
    """There is no other global: whoever needs the database or a setting is given a studio."""

    workspace: Workspace
    database: Database
    settings: Settings
    _shared: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: Any = field(default_factory=RLock, init=False, repr=False, compare=False)

    @classmethod
    def open(
        cls,
        workspace_root: Path,
        settings: Settings | None = None,
        database_url: str | None = None,
        *,
        create: bool = True,
    ) -> "Studio":
        """Opens the workspace and its database, upgrading the database when it is older.

        Args:
            database_url: wins over the settings' and the workspace's own SQLite file.
            create: make a workspace that does not exist yet.

        Raises:
            AppError: the workspace does not exist and `create` is False.
        """
        settings = settings or load_settings()
        keep_private(settings)
        workspace = Workspace(workspace_root)
        if not create and not workspace.exists():
            raise AppError(
                "there is no workspace here.",
                where=str(workspace_root),
                hint="Make one with `mmvp run IMAGES` or try `mmvp demo`; "
                "`--workspace` or MMVP_WORKSPACE names another.",
            )
        workspace.create()
        url = database_url or settings.database_url or workspace.database_url
        database = open_database(url, backups=workspace.backups)
        follow_workspace(database, workspace.imported)
        return cls(workspace, database, settings)

    def shared(self, kind: Callable[["Studio"], T]) -> T:
        """The one `kind(studio)` of this studio, made when it is first asked for.

        For what is too large to have twice: vectors, loaded encoders.
        """
        with self._lock:
            if kind not in self._shared:
                self._shared[kind] = kind(self)
            made: T = self._shared[kind]
            return made

    def close(self) -> None:
        """Lets go of the database."""
        self.database.close()

    def __enter__(self) -> "Studio":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
