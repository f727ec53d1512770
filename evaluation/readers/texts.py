"""Text files as people send them: in whatever encoding, with whatever line ends."""

from pathlib import Path

from evaluation.errors import UnreadableBenchmark
from evaluation.raw import Place, RawFault

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableBenchmark: the operating system refuses, or it is no file.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableBenchmark(
            f"this file cannot be read: {reason}.",
            where=str(path),
            hint="Check its name and your rights to it.",
        ) from error


def read_lines(path: Path) -> tuple[list[str], list[RawFault]]:
    """The lines of a text file without their ends, and what is odd about its encoding.

    Raises:
        UnreadableBenchmark: the operating system refuses.
    """
    text, faults = decoded(read_bytes(path), path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines, faults


def decoded(data: bytes, path: Path) -> tuple[str, list[RawFault]]:
    """A file's bytes as text, and what is odd about its encoding; ``path`` is for messages."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", errors="replace"), [_other_encoding(path)]
    place = Place(path, line=1)
    marked = data.startswith(_UTF8_MARK)
    faults = [
        RawFault(
            "encoding",
            "the file begins with a byte order mark.",
            place,
            "Save it as UTF-8 without one: some programs take it for a part of the first column.",
            stops=False,
        )
    ] * marked
    try:
        return data.decode("utf-8-sig"), faults
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = RawFault(
            "encoding",
            "it is not UTF-8 text: here stands a byte that cannot be read.",
            Place(path, line=line),
            "Save the file as UTF-8.",
        )
        # Western Windows text is what such files nearly always are; latin-1 takes the rest.
        return data.decode("cp1252", errors="replace"), [*faults, fault]


def _other_encoding(path: Path) -> RawFault:
    return RawFault(
        "encoding",
        "the file is UTF-16 text.",
        Place(path, line=1),
        "Save it as UTF-8: other programs do not read it.",
        stops=False,
    )
