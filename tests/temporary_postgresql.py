"""A PostgreSQL server of one's own, in a temporary folder, gone at the end; never the system's."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.serving import free_port

# Where Debian and Ubuntu put the programs that are not in PATH.
_INSTALLED = "/usr/lib/postgresql/*/bin/initdb"


def find_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/").glob(_INSTALLED.lstrip("/")))
    return installed[-1].parent if installed else None


@contextmanager
def temporary_postgresql() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database; the server stops when the block ends.

    It writes to disk as a real one does, so that timings are worth something. Its programs refuse
    to run as root: then they run as the user that the package made.

    Raises:
        RuntimeError: PostgreSQL is not installed, or did not start.
    """
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="mmvp-pg-") as name:
        folder, data, port = Path(name), Path(name) / "data", free_port()
        if as_user:
            shutil.chown(folder, "postgres")
        initdb = ["initdb", "-D", data, "-U", "mmvp", "--auth=trust", "-E", "UTF8", "--no-locale"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = ["pg_ctl", "-D", data, "-w", "-s"]
        _run(as_user, programs, initdb)
        _run(as_user, programs, [*control, "-o", options, "-l", folder / "log", "start"])
        try:
            yield f"postgresql+psycopg://mmvp@127.0.0.1:{port}/postgres"
        finally:
            _run(as_user, programs, [*control, "-m", "immediate", "stop"])


def _run(as_user: Sequence[str], programs: Path, command: Sequence[str | Path]) -> None:
    program, *arguments = command
    done = subprocess.run(
        [*as_user, str(programs / program), *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr}")
