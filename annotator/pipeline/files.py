"""Writes the workspace's small JSON files, whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embeddings.atomic import write_bytes


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replaces the file; paths are written as text."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))
