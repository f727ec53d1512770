"""Writes the JSON Schema that ships: ``python -m evaluation.schema``."""

import json
from pathlib import Path

from assets import asset
from evaluation.benchmark import Benchmark


def schema_text() -> str:
    """The JSON Schema of a benchmark document as the text of its file."""
    return json.dumps(Benchmark.schema(), ensure_ascii=False, indent=2) + "\n"


def write_schema(path: Path | None = None) -> Path:
    """Write the schema over the one that ships, or to ``path``; returns where."""
    path = path or asset("schema") / "benchmark.json"
    path.write_text(schema_text(), encoding="utf-8", newline="\n")
    return path


if __name__ == "__main__":
    write_schema()
