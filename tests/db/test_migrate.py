"""Creating, upgrading and refusing databases."""

import logging
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, create_engine, inspect

import db.account_tables  # noqa: F401 - part of the metadata
import db.card_tables  # noqa: F401 - part of the metadata
import db.guideline_tables  # noqa: F401 - part of the metadata
import db.import_tables  # noqa: F401 - part of the metadata
import db.pattern_tables  # noqa: F401 - part of the metadata
import db.problem_tables  # noqa: F401 - part of the metadata
import db.suggestion_tables  # noqa: F401 - part of the metadata
import db.verification_tables  # noqa: F401 - part of the metadata
from db.database import Database
from db.errors import DatabaseError
from db.history import events
from db.migrate import MIGRATIONS, known_revisions, open_database
from db.pairs import list_cards
from db.progress import progress
from db.queue_tables import Lease
from db.tables import Table
from db.workspace import Workspace
from tests.db.seeding import Seeded, seed

TABLES = {Table, Lease}  # both modules are needed for the whole of ``Table.metadata``
STORED = sorted((Path(__file__).parent / "versions").glob("*.sql"))


def url_of(path: Path) -> str:
    return Workspace(path.parent).database_url.replace("mmvp.db", path.name)


def with_next_revision(folder: Path, body: str) -> Path:
    """A copy of our migrations with one more."""
    migrations = folder / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    head = known_revisions()[-1]
    (migrations / "versions" / "9999_next.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = '{head}'\n"
        "def upgrade():\n    op.execute('ALTER TABLE annotator ADD COLUMN email TEXT')\n"
        f"    {body}\n",
        encoding="utf-8",
    )
    return migrations


def rules(inspector: Inspector, table: str) -> tuple[list[str], list[str]]:
    """The checks and conditional indices of a table, which Alembic does not compare."""
    checks = [
        f"{check['name']}: {check['sqltext']}" for check in inspector.get_check_constraints(table)
    ]
    indices = [
        f"{index['name']}: {index['dialect_options'].get('sqlite_where')}"
        for index in inspector.get_indexes(table)
    ]
    return sorted(checks), sorted(indices)


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Table.metadata) == []


def test_the_migrations_make_the_same_checks(
    seeded: Seeded, sqlite_file: Path, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/direct.db")
    Table.metadata.create_all(engine)
    with seeded.database.read() as session:
        for table in Table.metadata.tables:
            assert rules(inspect(session.connection()), table) == rules(inspect(engine), table)
    engine.dispose()


def test_file_names_tell_the_revisions_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert known_revisions() == [script.revision for script in reversed(scripts)]
    assert all(not isinstance(script.down_revision, tuple) for script in scripts)


def test_every_version_has_a_stored_database() -> None:
    assert [path.stem for path in STORED] == known_revisions()


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.stem)
def test_every_stored_version_reaches_head_with_its_data(stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "mmvp.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(stored.read_text(encoding="utf-8"))
    database = open_database(url_of(path))
    complete = list_cards(database)[0]
    assert complete.annotation is not None
    assert complete.annotation.question is not None
    assert complete.annotation.question.text == "Is the door open or shut? \N{DOOR}"
    assert complete.annotation.annotator == "Zoë"
    assert [card.state for card in list_cards(database)] == ["complete", "rejected", "skipped"]
    assert [event.kind for event in events(database)].count("undo") == 1
    assert progress(database).by_pattern == {"state": 1}
    author = next(e for e in events(database) if e.pair_id == complete.id and e.annotator == "Zoë")
    assert author.kind == "question"
    database.close()


def test_opening_again_changes_nothing_and_makes_no_copy(workspace: Workspace) -> None:
    seed(open_database(workspace.database_url))
    before = list_cards(open_database(workspace.database_url))
    database = open_database(workspace.database_url, backups=workspace.backups)
    assert list_cards(database) == before
    assert list(workspace.backups.iterdir()) == []


def test_opening_at_head_does_not_import_alembic(
    workspace: Workspace, worker_environment: dict[str, str]
) -> None:
    open_database(workspace.database_url).close()
    code = (
        "import sys; from db.migrate import open_database; open_database(sys.argv[1]).close();"
        "print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, workspace.database_url]
    done = subprocess.run(
        command, env=worker_environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_an_upgrade_is_preceded_by_a_copy(workspace: Workspace, tmp_path: Path) -> None:
    first = open_database(workspace.database_url)
    seed(first)  # stays open, so that part of the data is still in the write-ahead log
    migrations = with_next_revision(tmp_path, "pass")
    open_database(workspace.database_url, backups=workspace.backups, migrations=migrations)
    with closing(sqlite3.connect(workspace.database_path)) as upgraded:
        assert upgraded.execute("SELECT name, email FROM annotator").fetchone() == ("Ada", None)
    (copy,) = workspace.backups.iterdir()
    assert copy.name.startswith(f"mmvp-{known_revisions()[-1]}-")
    restored = open_database(url_of(copy))
    assert len(list_cards(restored)) == 6
    first.close()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    workspace: Workspace, tmp_path: Path
) -> None:
    seed(open_database(workspace.database_url))
    migrations = with_next_revision(tmp_path, "op.execute('DROP TABLE nonsense')")
    with pytest.raises(DatabaseError, match="nonsense"):
        open_database(workspace.database_url, migrations=migrations)
    assert len(list_cards(open_database(workspace.database_url))) == 6


def test_an_upgrade_may_not_break_references(workspace: Workspace, tmp_path: Path) -> None:
    seed(open_database(workspace.database_url))
    migrations = with_next_revision(tmp_path, "op.execute('DELETE FROM image')")
    with pytest.raises(DatabaseError, match="would break"):
        open_database(workspace.database_url, migrations=migrations)
    assert len(list_cards(open_database(workspace.database_url))) == 6


def test_a_newer_database_is_refused_untouched(workspace: Workspace, tmp_path: Path) -> None:
    migrations = with_next_revision(tmp_path, "pass")
    open_database(workspace.database_url, migrations=migrations).close()
    before = workspace.database_path.read_bytes()
    with pytest.raises(DatabaseError, match="newer version"):
        open_database(workspace.database_url, backups=workspace.backups)
    assert workspace.database_path.read_bytes() == before
    assert list(workspace.backups.iterdir()) == []


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(DatabaseError, match="another program"):
        open_database(url_of(path))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mmvp.db"
    path.write_bytes(b"GIF89a" * 1000)
    with pytest.raises(DatabaseError, match="not a database"):
        open_database(url_of(path))
    assert path.read_bytes() == b"GIF89a" * 1000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="file/sub"):
        open_database(url_of(tmp_path / "file" / "sub" / "mmvp.db"))


def test_two_programs_that_create_the_same_database_both_get_it(
    workspace: Workspace, worker_environment: dict[str, str]
) -> None:
    code = "import sys; from db.migrate import open_database; open_database(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, workspace.database_url]
    started = [subprocess.Popen(command, env=worker_environment) for _ in range(3)]
    assert [process.wait(30) for process in started] == [0, 0, 0]


def test_migrating_leaves_logging_alone(workspace: Workspace) -> None:
    before = (logging.root.level, list(logging.root.handlers))
    open_database(workspace.database_url).close()
    assert (logging.root.level, list(logging.root.handlers)) == before
    assert not logging.getLogger("alembic").disabled
