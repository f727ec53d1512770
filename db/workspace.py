"""The workspace folder: where the database, thumbnails, vectors, layouts and exports live."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL


def sqlite_url(path: Path) -> str:
    """SQLAlchemy URL of a SQLite file, quoted where the path needs it."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


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
        return sqlite_url(self.database_path)

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
        """2-D layouts, one folder of versions per pair of encoders."""
        return self.root / "layouts"

    @property
    def comparisons(self) -> Path:
        """What two encoders' spaces have in common, one folder per pair of encoders."""
        return self.root / "comparisons"

    def mined(self, blind_slug: str, reference_slug: str) -> Path:
        """Folder of the pairs over the thresholds that were found with two encoders."""
        return self.root / "mined" / f"{blind_slug}__{reference_slug}"

    @property
    def why(self) -> Path:
        """Heat maps of what an encoder sees change between two images."""
        return self.root / "why"

    @property
    def jobs(self) -> Path:
        """State and log of work started from the app."""
        return self.root / "jobs"

    @property
    def reports(self) -> Path:
        """Reports of runs, for example of the files that were skipped."""
        return self.root / "reports"

    @property
    def exports(self) -> Path:
        """Benchmarks exported from the app."""
        return self.root / "exports"

    @property
    def imported(self) -> Path:
        """The images of imported benchmarks, one folder each."""
        return self.root / "imported"

    @property
    def results(self) -> Path:
        """What models answered, one file a run."""
        return self.root / "results"

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
            self.comparisons,
            self.why,
            self.jobs,
            self.reports,
            self.exports,
            self.results,
            self.views,
        )

    def create(self) -> "Workspace":
        """Make the folders that are missing; returns itself."""
        for folder in self._folders():
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def exists(self) -> bool:
        """Whether ``create()`` was run here, with whatever database."""
        return all(folder.is_dir() for folder in (self.thumbnails, self.embeddings, self.layouts))

    def thumbnail(self, sha256: str) -> Path:
        """Where the thumbnail of an image belongs: ``thumbnails/ab/<sha256>.jpg``."""
        return self.thumbnails / sha256[:2] / f"{sha256}.jpg"

    def store(self, slug: str) -> Path:
        """Folder of the embedding store of the encoder with this slug."""
        return self.embeddings / slug

    def layout_versions(self, blind_slug: str, reference_slug: str) -> Path:
        """Folder of the 2-D layouts of two encoders' spaces, named by their slugs."""
        return self.layouts / f"{blind_slug}__{reference_slug}"

    def single_layout(self, slug: str) -> Path:
        """File of one encoder's 2-D layout, as version 0.1 wrote it; read, never written."""
        return self.layouts / f"{slug}.npz"

    def comparison(self, blind_slug: str, reference_slug: str) -> Path:
        """Folder of the comparison of two encoders' spaces, named by their slugs."""
        return self.comparisons / f"{blind_slug}__{reference_slug}"

    @property
    def pair_counts(self) -> Path:
        """How many pairs some choices of encoders and thresholds have, one file a choice."""
        return self.comparisons / "counts"
