"""Reads the answers that the page's own views get (a JSON header and one binary) as figure data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.figures.data import HistogramData, MapData
from db.views import PairLink

_STEPS = 65535  # of a quantised coordinate


def unpacked(header: Mapping[str, Any], content: bytes) -> dict[str, NDArray[Any]]:
    """The named arrays of a binary answer; `header["arrays"]` says where each lies."""
    return {
        each["name"]: np.frombuffer(
            content,
            dtype=np.dtype(each["dtype"]).newbyteorder("<"),
            count=each["length"],
            offset=each["offset"],
        )
        for each in header["arrays"]
    }


def map_data(header: Mapping[str, Any], content: bytes, links: Sequence[PairLink]) -> MapData:
    """The maps of /api/map.json and .bin, with those of the pairs whose images are on them."""
    arrays = unpacked(header, content)
    extent = float(header["extent"])
    image_ids = arrays["image_ids"].astype(np.int64)
    position = {int(image_id): row for row, image_id in enumerate(image_ids)}
    drawn = [
        link
        for link in links
        if link.first_image_id in position and link.second_image_id in position
    ]
    drawn.sort(key=lambda link: (-link.gap, link.id))
    return MapData(
        image_ids=image_ids,
        points={
            role: arrays[role].reshape(-1, 2).astype(np.float64) * (2 * extent / _STEPS) - extent
            for role in ("blind", "reference")
        },
        labels=arrays["labels"].astype(np.int64),
        label_names=[str(label["name"]) for label in header["labels"]],
        pair_ids=np.array([link.id for link in drawn], dtype=np.int64),
        first=np.array([position[link.first_image_id] for link in drawn], dtype=np.int64),
        second=np.array([position[link.second_image_id] for link in drawn], dtype=np.int64),
        gap=np.array([link.gap for link in drawn], dtype=np.float64),
        states=[link.state.value for link in drawn],
        names=_names(header),
    )


def histogram_data(header: Mapping[str, Any], content: bytes) -> HistogramData:
    """The histogram of /api/compare/histogram.json and .bin."""
    blind, reference = _edges(header["blind_edges"]), _edges(header["reference_edges"])
    counts = unpacked(header, content)["counts"].astype(np.float64)
    return HistogramData(
        counts=counts.reshape(len(blind) - 1, len(reference) - 1),
        blind_edges=blind,
        reference_edges=reference,
        exact_above=float(header["exact_above"]),
        sample_scale=float(header["sample_scale"]),
        names=_names(header),
    )


def _edges(described: Mapping[str, Any]) -> NDArray[np.float64]:
    """Each edge as the number that people write, not as a sum of steps."""
    start, step, n = float(described["start"]), float(described["step"]), int(described["n"])
    return np.round(start + step * np.arange(n + 1, dtype=np.float64), 6)


def _names(header: Mapping[str, Any]) -> dict[str, str]:
    return {role: str(header["spaces"][role]["name"]) for role in ("blind", "reference")}
