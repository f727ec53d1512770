"""Studio: one open workspace with its database and settings, handed to every page and command."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from annotator.errors import AppError
from annotator.settings import Settings, keep_private, load_settings
from db.database import Database
from db.migrate import open_database
from db.workspace import Workspace


@dataclass(frozen=True)
class Studio:
    """There is no other global: whoever needs the database or a setting is given a studio."""

    workspace: Workspace
    database: Database
    settings: Settings

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
        if create:
            workspace.create()
        elif not workspace.exists():
            raise AppError(
                "there is no workspace here.",
                where=str(workspace_root),
                hint="Make one with `mmvp run IMAGES` or try `mmvp demo`; "
                "`--workspace` or MMVP_WORKSPACE names another.",
            )
        url = database_url or settings.database_url or workspace.database_url
        return cls(workspace, open_database(url, backups=workspace.backups), settings)

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
