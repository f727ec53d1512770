"""The readers of benchmarks, one module a format, and the one way to read any of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluation.errors import UnknownFormat, UnreadableBenchmark
from evaluation.raw import RawBenchmark
from evaluation.readers import document, jsonl, mmvp, mmvp_vlm, parquet, vlmevalkit

__all__ = ["READERS", "Reader", "read", "recognise"]


@dataclass(frozen=True)
class Reader:
    """One format that can be read.

    ``read`` never raises for what stands in a file, only where there is nothing to read.
    ``recognises`` looks at names and the beginning of a file.
    """

    name: str
    about: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], RawBenchmark]


# Asked in this order: a folder with several forms is read as the first.
READERS: dict[str, Reader] = {
    name: Reader(name, about, recognises, read)
    for name, about, recognises, read in (
        (
            mmvp.NAME,
            "Questions.csv and MMVP Images, as MMVP has them",
            mmvp.recognises,
            mmvp.read,
        ),
        (
            mmvp_vlm.NAME,
            "statements and one folder of images a pattern, as MMVP-VLM has them",
            mmvp_vlm.recognises,
            mmvp_vlm.read,
        ),
        (
            vlmevalkit.NAME,
            "a TSV with options A and B and base64 images, as VLMEvalKit has it",
            vlmevalkit.recognises,
            vlmevalkit.read,
        ),
        (
            parquet.LMMS_EVAL,
            "Parquet with Question, Options and image, as lmms-eval has it",
            parquet.recognises_lmms_eval,
            parquet.read_lmms_eval,
        ),
        (
            parquet.HUGGING_FACE,
            "Parquet with questions and images, as Hugging Face data sets have it",
            parquet.recognises_hugging_face,
            parquet.read_hugging_face,
        ),
        (
            document.NAME,
            "benchmark.json, as MMVP Studio writes it",
            document.recognises,
            document.read,
        ),
        (
            jsonl.NAME,
            "a list of questions in JSON or JSON Lines",
            jsonl.recognises,
            jsonl.read,
        ),
    )
}


def recognise(path: Path) -> str | None:
    """The name of the format of a file or folder, by a look inside; None if it is none of them."""
    try:
        return next((name for name, reader in READERS.items() if reader.recognises(path)), None)
    except (OSError, ValueError):
        return None


def read(path: Path, format: str | None = None) -> RawBenchmark:
    """The rows of a benchmark with their places, and what is wrong with them.

    Args:
        path: a file or folder.
        format: its reader's name; by default it is recognised.

    Raises:
        UnknownFormat: there is no such reader.
        UnreadableBenchmark: there is nothing to read.
    """
    path = path.expanduser()
    if format is not None and format not in READERS:
        known = ", ".join(sorted(READERS))
        raise UnknownFormat(f"There is no format {format!r} to read.", hint=f"Formats: {known}.")
    name = format or recognise(path)
    if name is None:
        raise UnreadableBenchmark(
            "there is no benchmark here." if path.exists() else "there is no such file or folder.",
            where=str(path),
            hint="Give a file or folder in one of these formats: "
            + "; ".join(f"{reader.name} ({reader.about})" for reader in READERS.values())
            + ".",
        )
    try:
        return READERS[name].read(path)
    except OSError as error:
        raise UnreadableBenchmark(
            f"it cannot be read: {error.strerror or error}.", where=str(path)
        ) from error
