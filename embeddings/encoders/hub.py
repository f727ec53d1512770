"""Loading models that may be on a hub out of reach, with an answer at once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import PickleError
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from huggingface_hub import constants
from safetensors import SafetensorError

from embeddings.encoder import EncoderUnavailable

_SECONDS_TO_ANSWER: Final = 5.0
# What the model libraries raise on unknown names, broken files and failed downloads.
_LOADING_ERRORS: Final = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    AssertionError,
    EOFError,
    PickleError,
    SafetensorError,
)

log = logging.getLogger(__name__)


@contextmanager
def loading(spec: str, *, remote: bool, hint: str) -> Iterator[None]:
    """Turn what a model library raises into `EncoderUnavailable` with `hint`.

    While the hub cannot be reached only what is on disk is used: the libraries would otherwise
    ask for each file six times, for up to a minute.

    Args:
        remote: whether the model is on a hub at all; a local one asks nobody.
    """
    before = constants.HF_HUB_OFFLINE
    offline = remote and (before or not _reachable())
    constants.HF_HUB_OFFLINE = before or offline
    try:
        yield
    except EncoderUnavailable:
        raise
    except _LOADING_ERRORS as error:
        log.debug("loading %s failed", spec, exc_info=error)
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        what = f"the model cannot be loaded: {reason.rstrip('.')}."
        if offline:
            what = "the model is not on this machine and the model hub cannot be reached."
        raise EncoderUnavailable(what, where=spec, hint=hint) from error
    finally:
        constants.HF_HUB_OFFLINE = before


def _reachable() -> bool:
    request = Request(constants.ENDPOINT, method="HEAD")
    try:
        with urlopen(request, timeout=_SECONDS_TO_ANSWER):
            return True
    except HTTPError:
        return True
    except (OSError, ValueError):
        return False
