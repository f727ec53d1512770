"""The workspace folder: where the database, thumbnails, vectors, layouts and exports live."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL


@dataclass(frozen=True)
class Workspace:
    """Paths inside one workspace folder; nothing is created before ``create()``."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    @property
    def database_path(self) -> Path:
        """The SQLite file of this workspace."""
        return self.root / "mmvp.db"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of ``database_path``, quoted where the path needs it."""
        url = URL.create("sqlite", database=str(self.database_path))
        return url.render_as_string(hide_password=False)

    @property
    def backups(self) -> Path:
        """Copies of the database taken before an upgrade."""
        return self.root / "backups"

    @property
    def thumbnails(self) -> Path:
        """Small pictures by content hash."""
        return self.root / "thumbnails"

    @property
    def embeddings(self) -> Path:
        """One embedding store per encoder."""
        return self.root / "embeddings"

    @property
    def layouts(self) -> Path:
        """One 2-D layout per encoder."""
        return self.root / "layouts"

    @property
    def reports(self) -> Path:
        """Reports of runs, for example of the files that were skipped."""
        return self.root / "reports"

    @property
    def exports(self) -> Path:
        """Benchmarks exported from the app."""
        return self.root / "exports"

    @property
    def views(self) -> Path:
        """Re-encoded originals for files that a browser cannot show as they are."""
        return self.root / "views"

    def _folders(self) -> tuple[Path, ...]:
        return (
            self.backups,
            self.thumbnails,
            self.embeddings,
            self.layouts,
            self.reports,
            self.exports,
            self.views,
        )

    def create(self) -> "Workspace":
        """Make the folders that are missing; returns itself."""
        for folder in self._folders():
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def exists(self) -> bool:
        """Whether ``create()`` was run here, with whatever database."""
        return all(folder.is_dir() for folder in self._folders())

    def thumbnail(self, sha256: str) -> Path:
        """Where the thumbnail of an image belongs: ``thumbnails/ab/<sha256>.webp``."""
        return self.thumbnails / sha256[:2] / f"{sha256}.webp"

    def store(self, slug: str) -> Path:
        """Folder of the embedding store of the encoder with this slug."""
        return self.embeddings / slug

    def layout(self, slug: str) -> Path:
        """File of the 2-D layout of the encoder with this slug."""
        return self.layouts / f"{slug}.npz"
