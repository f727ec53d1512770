"""Data that ships with the product, and the one way to find it."""

from pathlib import Path

_ROOT = Path(__file__).parent


def asset(name: str) -> Path:
    """Path of a shipped file or folder, for example ``asset("patterns/mmvp.toml")``.

    Raises:
        FileNotFoundError: if this installation does not ship it.
    """
    path = _ROOT / name
    if not path.exists():
        raise FileNotFoundError(f"asset {name!r} is missing from this installation: {path}")
    return path
