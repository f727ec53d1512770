"""The one shape of a progress callback."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
