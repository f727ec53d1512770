"""Nothing of the machine that built the project may be in it."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Written in pieces so that this file does not match itself.
LEAK = re.compile(
    "|".join(
        ["/wo" + "rk/", "/fa" + "rm/", "/opt/" + "wheels", "pypi" + r"\.org", "python" + "hosted"]
    )
)


def test_no_path_or_registry_host_in_tracked_files() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in listed.stdout.decode().split("\0") if name]
    assert names
    leaks = []
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        if LEAK.search(text):
            leaks.append(name)
    assert not leaks


def test_the_constraints_name_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 50
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.!]+", line) for line in lines)
