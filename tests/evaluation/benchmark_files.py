"""Files as other programs have them: three pairs in every format that is read."""

import base64
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from tests.evaluation.benchmark_examples import jpeg

ROWS = [
    ("Are the wings open, or closed?", "Open", "Closed", "a"),
    ("Are the wings open, or closed?", "Open", "Closed", "b"),
    ('Can you see the key "Z"?', "Yes", "None", "b"),
    ('Can you see the key "Z"?', "Yes", "None", "a"),
    ("How many ducks are there", "2", "3", "a"),
    ("How many ducks are there", "2", "3", "b"),
]
"""Question, options and answer of each row."""
STATEMENTS = ["wings open", "wings closed", "no key", "the key Z", "2 ducks", "3 ducks"]
PATTERNS = ["State", "State", "Text", "Text", "Quantity", "Quantity"]
IMAGES = [jpeg(f"#{40 * number:02x}4080") for number in range(1, 7)]


def csv_text(rows: list[list[Any]], delimiter: str = ",") -> str:
    table = io.StringIO()
    csv.writer(table, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return table.getvalue()


def write_images(folder: Path, names: list[str]) -> None:
    for name, data in zip(names, IMAGES, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def lettered(a: str, b: str) -> str:
    return f"(a) {a} (b) {b}"


def mmvp(folder: Path) -> Path:
    rows = [[n, q, lettered(a, b), f"({gold})"] for n, (q, a, b, gold) in enumerate(ROWS, 1)]
    write_images(folder, [f"MMVP Images/{n}.jpg" for n in range(1, 7)])
    text = csv_text([["Index", "Question", "Options", "Correct Answer"], *rows])
    (folder / "Questions.csv").write_text(text)
    return folder


def mmvp_vlm(folder: Path) -> Path:
    rows = [[n, PATTERNS[n - 1], said] for n, said in enumerate(STATEMENTS, 1)]
    write_images(folder, [f"MLLM_VLM Images/{PATTERNS[n - 1]}/{n}.jpg" for n in range(1, 7)])
    (folder / "Questions.csv").write_text(csv_text([["Question ID", "Type", "Statement"], *rows]))
    return folder


def vlmevalkit(folder: Path) -> Path:
    rows = [
        [n, q, a, b, gold.upper(), base64.b64encode(IMAGES[n]).decode()]
        for n, (q, a, b, gold) in enumerate(ROWS)
    ]
    folder.mkdir(parents=True)
    text = csv_text([["index", "question", "A", "B", "answer", "image"], *rows], "\t")
    (folder / "MMVP.tsv").write_text(text)
    return folder


def lmms_eval(folder: Path) -> Path:
    rows = [
        {
            "Index": n,
            "Question": q,
            "Options": lettered(a, b),
            "Correct Answer": f"({gold})",
            "image": {"bytes": IMAGES[n - 1], "path": f"{n}.jpg"},
        }
        for n, (q, a, b, gold) in enumerate(ROWS, 1)
    ]
    (folder / "data").mkdir(parents=True)
    for shard, part in enumerate((rows[:4], rows[4:])):
        name = f"data/train-0000{shard}-of-00002.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(part), folder / name)
    return folder


def hugging_face(folder: Path) -> Path:
    features = {"answer": {"_type": "ClassLabel", "names": ["a", "b"]}}
    table = pyarrow.Table.from_pylist(
        [
            {
                "pair_id": n // 2 + 5,
                "question": q,
                "option_a": a,
                "option_b": b,
                "answer": "ab".index(gold),
                "pattern": PATTERNS[n].lower(),
                "image": IMAGES[n],
            }
            for n, (q, a, b, gold) in enumerate(ROWS)
        ]
    )
    told = json.dumps({"info": {"features": features}}).encode()
    folder.mkdir(parents=True)
    pyarrow.parquet.write_table(
        table.replace_schema_metadata({b"huggingface": told}), folder / "train.parquet"
    )
    return folder


def lead(folder: Path) -> Path:
    """mlrm-LEAD: one object a line, numbers from 0."""
    write_images(folder, [f"MMVP Images/{n}.jpg" for n in range(1, 7)])
    lines = [
        {
            "id": n,
            "image": f"/data/mmvp/MMVP Images/{n + 1}.jpg",
            "question": q,
            "options": f"Options: {lettered(a, b)}",
            "answer": f"({gold}) {a if gold == 'a' else b}",
        }
        for n, (q, a, b, gold) in enumerate(ROWS)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "mmvp.jsonl").write_text(text)
    return folder


def dmlr(folder: Path) -> Path:
    """DMLR: one list, the question inside a prompt, no numbers."""
    write_images(folder, [f"dataset/mmvp/MMVP Images/{n}.jpg" for n in range(1, 7)])
    objects = [
        {
            "prompt": f"Look well. Question: {q}\nOptions: {lettered(a, b)}\n",
            "completion": f"({gold}) {a if gold == 'a' else b}",
            "solution": f"({gold}) {a if gold == 'a' else b}",
            "image_path": f"dataset/mmvp/MMVP Images/{n}.jpg",
        }
        for n, (q, a, b, gold) in enumerate(ROWS, 1)
    ]
    (folder / "mmvp.json").write_text(json.dumps(objects, indent=1))
    return folder


WRITERS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "mmvp": ("mmvp", mmvp),
    "mmvp-vlm": ("mmvp-vlm", mmvp_vlm),
    "vlmevalkit": ("vlmevalkit", vlmevalkit),
    "lmms-eval": ("lmms-eval", lmms_eval),
    "hf": ("hf", hugging_face),
    "lead": ("jsonl", lead),
    "dmlr": ("jsonl", dmlr),
}
"""From a name to the format it is read as, and what writes it into a folder that is not there."""
