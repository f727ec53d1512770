"""Images that a table carries as base64 text."""

import base64
import binascii
import re

from evaluation.raw import RawImage

_DATA_URL = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)


def image_bytes(text: str) -> bytes | None:
    """The bytes that a text encodes, also as a data URL; None if it is no base64."""
    start = _DATA_URL.match(text)
    try:
        data = base64.b64decode(text[start.end() :] if start else text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data or None


def encoded_image(text: str, name: str) -> RawImage | None:
    """An image of a text, decoded each time it is asked for; None if the text is no base64."""
    data = image_bytes(text)
    return None if data is None else RawImage(name, lambda: image_bytes(text) or b"")
