"""When an encoder gets a pair right, from the four cosines of its two texts and two images.

All take cosines of shape (n, 2, 2): pair, text, image. They give (n,) truth values.
"""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Cosines = NDArray[np.float32]
Hits = NDArray[np.bool_]
Measure = Literal["text_to_image", "image_to_text", "group"]


def text_to_image(cosines: Cosines) -> Hits:
    """Both texts pick their image, as in evaluate_vlm.py of MMVP; this is the paper's score.

    The script takes the softmax over the two images and picks the first where it is above 0.5, so
    a tie picks the second image.
    """
    picks_first = cosines[:, :, 0] > cosines[:, :, 1]
    hits: Hits = picks_first[:, 0] & ~picks_first[:, 1]
    return hits


def image_to_text(cosines: Cosines) -> Hits:
    """Both images pick their text; a tie is wrong."""
    hits: Hits = (cosines[:, 0, 0] > cosines[:, 1, 0]) & (cosines[:, 1, 1] > cosines[:, 0, 1])
    return hits


def group(cosines: Cosines) -> Hits:
    """Both of the above, as Winoground's group score."""
    return text_to_image(cosines) & image_to_text(cosines)


def texts_right(cosines: Cosines) -> Hits:
    """Shape (n, 2): which texts pick their image, each by itself; a tie picks the second."""
    picks_first = cosines[:, :, 0] > cosines[:, :, 1]
    hits: Hits = np.stack([picks_first[:, 0], ~picks_first[:, 1]], axis=1)
    return hits


RULES: Final[dict[Measure, Callable[[Cosines], Hits]]] = {
    "text_to_image": text_to_image,
    "image_to_text": image_to_text,
    "group": group,
}
CHANCE: Final[dict[Measure, float]] = {
    "text_to_image": 1 / 4,
    "image_to_text": 1 / 4,
    # of four cosines in any order the two right ones are the largest in one of six
    "group": 1 / 6,
}
