"""One small benchmark in every format, kept in ``golden/`` to be read and compared.

``python -m tests.evaluation.golden_files`` writes them anew, after a change that is meant.
Text stands there as it is exported. ``files.json`` names every file of an export; of one that is no
text it has the SHA-256, of Parquet the columns and rows, and what a format has the same as
``mmvp`` or as a file in ``assets`` stands there once.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet

from assets import asset
from evaluation.benchmark import Benchmark
from evaluation.errata import Erratum
from evaluation.formats import FORMATS, ExportOptions, export
from tests.evaluation.benchmark_examples import benchmark, pair

GOLDEN = Path(__file__).parent / "golden"
IMAGES = GOLDEN / "images"
LISTING = "files.json"
AS_IN_MMVP = "as in mmvp"
TEXT = "text"
_ASSETS = ("lmms_eval/scoring.py", "schema/benchmark.json")
# Stored, not drawn: another version of a JPEG library would give other bytes.
_NAMES = ("1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg")


def made() -> Benchmark:
    """Three pairs of three patterns, with a note, statements, and a correction."""
    one, two, three = pair(1), pair(2), pair(3)
    before = replace(three.question, option_b="Shut")
    return benchmark(
        replace(one, note="The key is hidden in the second image."),
        replace(two, statement_first="two ducks on a lake", statement_second="three ducks"),
        three,
        errata=[
            Erratum(
                pair_id=3,
                kinds=["wording"],
                reason="“Shut” is said of doors.",
                at="2026-11-25T10:00:00+00:00",
                before=before,
                after=three.question,
            )
        ],
    )


def exported(name: str, out: Path) -> Path:
    """The benchmark in this format."""
    whole = made()
    sides = [side.sha256 for one in whole.pairs for side in (one.first, one.second)]
    images = {
        sha256: (IMAGES / name).read_bytes() for sha256, name in zip(sides, _NAMES, strict=True)
    }
    options = ExportOptions(partial=True)
    return export(whole, name, out, image_bytes=images.__getitem__, options=options).folder


def golden_of(folder: Path, mmvp: Path | None) -> dict[str, bytes]:
    """What ``golden/`` has of an export, by path; ``mmvp`` is the export as mmvp."""
    listing: dict[str, Any] = {}
    kept: dict[str, bytes] = {}
    assets = {asset(name).read_bytes(): f"as in assets/{name}" for name in _ASSETS}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        if mmvp and (mmvp / name).is_file() and (mmvp / name).read_bytes() == data:
            listing[name] = AS_IN_MMVP
        elif data in assets:
            listing[name] = assets[data]
        elif path.suffix == ".parquet":
            listing[name] = _parquet(path)
        elif _is_text(data):
            listing[name] = TEXT
            kept[name] = data
        else:
            listing[name] = _sha256(data)
    kept[LISTING] = (json.dumps(listing, ensure_ascii=False, indent=1) + "\n").encode()
    return kept


def _parquet(path: Path) -> dict[str, Any]:
    table = pyarrow.parquet.read_table(path)
    rows = table.to_pylist()
    for row in rows:
        row["image"] = {**row["image"], "bytes": _sha256(row["image"]["bytes"])}
    about = {key.decode(): json.loads(said) for key, said in table.schema.metadata.items()}
    columns = {field.name: str(field.type) for field in table.schema}
    return {"metadata": about, "columns": columns, "rows": rows}


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _sha256(data: bytes) -> str:
    return f"SHA-256 {hashlib.sha256(data).hexdigest()}"


def main() -> None:
    """Write all golden files anew."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            out = exported(name, Path(folder) / name)
            shutil.rmtree(GOLDEN / name, ignore_errors=True)
            mmvp = None if name == "mmvp" else Path(folder) / "mmvp"
            for path, data in golden_of(out, mmvp).items():
                target = GOLDEN / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
    print(f"Wrote {len(FORMATS)} formats to {GOLDEN}. See what changed: git diff {GOLDEN}")


if __name__ == "__main__":
    main()
