"""What browser tests of Explore share: opening it, its hooks, drawing on a map, asking numpy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from annotator.studio import Studio
from db.images import list_images
from db.pairs import list_cards
from db.views import PairCard
from tests.mapped_workspace import newest_layout
from tests.serving import Server

Floats = NDArray[np.float64]


def explore(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/explore{query}")
    page.wait_for_function("window.__map && window.__map.done && window.__explore")


def hook(page: Page, expression: str) -> Any:  # noqa: ANN401
    return page.evaluate(f"window.__map.{expression}")


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(f"window.__map.{condition}")


def say(page: Page, name: str, detail: object) -> None:
    """An event on the page's bus, as another widget would send it."""
    page.evaluate(
        "([name, detail]) => "
        "document.dispatchEvent(new CustomEvent('explore:' + name, { detail }))",
        [name, detail],
    )


def draw(
    page: Page, role: str, shares: Sequence[tuple[float, float]], modifier: str | None = None
) -> None:
    """Drags over a map through points given as shares of its width and height."""
    box = page.locator(f".emap-panel[data-role={role}]").bounding_box()
    assert box is not None
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares]
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.move(*spots[0])
    page.mouse.down()
    for x, y in spots[1:]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    if modifier:
        page.keyboard.up(modifier)


def layout_of(studio: Studio, role: str) -> dict[int, Floats]:
    """Where each image id lies in the stored layout of an encoder."""
    layout = newest_layout(studio)
    points = layout.blind if role == "blind" else layout.reference
    row = {key: k for k, key in enumerate(layout.keys)}
    images = list_images(studio.database)
    return {image.id: points[row[image.sha256]].astype(np.float64) for image in images}


def inside(places: dict[int, Floats], corners: Sequence[Sequence[float]]) -> set[int]:
    """Ids of the images around which the polygon turns once: the sum of the angles is not 0."""
    polygon = np.array(corners)
    found = set()
    for image_id, place in places.items():
        arms = polygon - place
        turned = np.roll(arms, -1, axis=0)
        cross = arms[:, 0] * turned[:, 1] - arms[:, 1] * turned[:, 0]
        angles = np.arctan2(cross, (arms * turned).sum(axis=1))
        if abs(angles.sum()) > np.pi:
            found.add(image_id)
    return found


def pairs_of(cards: Sequence[PairCard], images: set[int]) -> tuple[set[int], set[int]]:
    """Ids of the pairs that touch these images, and of those wholly among them."""
    ends = {card.id: ((card.first.id in images) + (card.second.id in images)) for card in cards}
    return {k for k, n in ends.items() if n > 0}, {k for k, n in ends.items() if n == 2}


def all_cards(studio: Studio) -> list[PairCard]:
    """By gap, widest first, as the page ranks them."""
    return sorted(list_cards(studio.database), key=lambda card: (-card.gap, card.id))


def measures(ids: Sequence[int], **values: Sequence[float]) -> tuple[dict[str, Any], bytes]:
    """measures.json and measures.bin with these values per image id."""
    arrays: dict[str, NDArray[Any]] = {"image_ids": np.array(ids, "<u4")}
    described: list[dict[str, Any]] = []
    for name, given in values.items():
        low, high = min(given), max(given)
        steps = (np.array(given) - low) / ((high - low) or 1) * 65535
        arrays[name] = np.round(steps).astype("<u2")
    offset = 0
    for name, array in arrays.items():
        more = {"min": min(values[name]), "max": max(values[name])} if name in values else {}
        described.append(
            {
                "name": name,
                "dtype": array.dtype.name,
                "offset": offset,
                "length": array.size,
                **more,
            }
        )
        offset += array.nbytes
    content = b"".join(array.tobytes() for array in arrays.values())
    return {"arrays": described, "digest": "d"}, content
