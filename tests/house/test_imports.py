"""`mmvp --help` must answer at once: it may not import the heavy libraries."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

HEAVY = {
    "torch",
    "gradio",
    "umap",
    "transformers",
    "open_clip",
    "timm",
    "sklearn",
    "pandas",
    "plotly",
}


def test_the_command_line_starts_without_heavy_imports() -> None:
    code = "import sys, annotator.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not HEAVY & set(done.stdout.split())
