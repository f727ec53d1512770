"""Loading weights from a hub that may be out of reach, with an answer at once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from huggingface_hub import constants

from embeddings.encoder import EncoderUnavailable

_SECONDS_TO_ANSWER = 5.0
# What the model libraries raise on unknown names, broken files and failed downloads.
LOADING_ERRORS = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    AssertionError,
    EOFError,
)

log = logging.getLogger(__name__)


@contextmanager
def hub_or_cache() -> Iterator[None]:
    """Use only what is already on disk while the hub cannot be reached.

    The libraries would otherwise try each file six times, for up to a minute.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not _reachable()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def unavailable(spec: str, error: Exception, hint: str) -> EncoderUnavailable:
    """The error for a model that its library could not load, with the library's first line."""
    log.debug("loading %s failed", spec, exc_info=error)
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    return EncoderUnavailable(f"the model cannot be loaded ({reason})", where=spec, hint=hint)


def _reachable() -> bool:
    request = Request(constants.ENDPOINT, method="HEAD")
    try:
        with urlopen(request, timeout=_SECONDS_TO_ANSWER):
            return True
    except HTTPError:
        return True
    except (OSError, ValueError):
        return False
