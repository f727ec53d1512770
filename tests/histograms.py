"""Joint histograms as the server would answer them, made of random cosines."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLIND_STEP, REFERENCE_STEP = 0.005, 0.01


@dataclass(frozen=True)
class FakeHistogram:
    """The cosines, the counts made of them, and both answers of the server."""

    blind: NDArray[np.float64]
    reference: NDArray[np.float64]
    counts: NDArray[np.float64]
    header: dict[str, Any]
    content: bytes

    def n_over(self, blind_min: float, reference_max: float) -> int:
        """Brute force over the cosines themselves."""
        return int(((self.blind > blind_min) & (self.reference < reference_max)).sum())


def fake_histogram(
    *,
    n_pairs: int = 20_000,
    seed: int = 0,
    exact_above: float = -1.0,
    scale: float = 0.0,
    image_ids: tuple[int, ...] = (1, 2, 3, 4),
    digest: str = "d" * 8,
) -> FakeHistogram:
    """Correlated cosines of `n_pairs` pairs; below `exact_above` one in `scale` is counted."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n_pairs)
    blind = np.clip(0.75 + 0.1 * common + 0.05 * rng.normal(size=n_pairs), -0.9999, 0.9999)
    reference = np.clip(0.4 + 0.2 * common + 0.2 * rng.normal(size=n_pairs), -0.9999, 0.9999)
    counted = np.ones(n_pairs, dtype=bool)
    if scale:
        counted = (blind > exact_above) | (rng.random(n_pairs) < 1 / scale)
    rows, columns = round(2 / BLIND_STEP), round(2 / REFERENCE_STEP)
    b = np.ceil((blind + 1) / BLIND_STEP).astype(int) - 1  # (low, high]
    r = np.floor((reference + 1) / REFERENCE_STEP).astype(int)  # [low, high)
    counts = np.zeros((rows, columns))
    weight = np.where(blind > exact_above, 1.0, scale or 1.0)
    np.add.at(counts, (b[counted], r[counted]), weight[counted])
    ids = np.array(image_ids, dtype="<u4")
    cells = np.arange(counts.size).reshape(counts.shape)
    arrays = {
        "counts": counts.astype("<f8"),
        "example_first": np.where(counts > 0, ids[cells % len(ids)], 0).astype("<u4"),
        "example_second": np.where(counts > 0, ids[(cells + 1) % len(ids)], 0).astype("<u4"),
    }
    described, offset = [], 0
    for name, array in arrays.items():
        described.append(
            {"name": name, "dtype": array.dtype.name, "offset": offset, "length": array.size}
        )
        offset += array.nbytes
    header = {
        "digest": digest,
        "arrays": described,
        "blind_edges": {"start": -1, "step": BLIND_STEP, "n": rows},
        "reference_edges": {"start": -1, "step": REFERENCE_STEP, "n": columns},
        "exact_above": exact_above,
        "n_pairs": n_pairs,
        "n_sampled": int((counted & (blind <= exact_above)).sum()),
        "sample_scale": scale,
        "thresholds": {"blind_min": 0.93, "reference_max": 0.65},
        "spaces": {
            "blind": {"slug": "b", "spec": "open_clip:ViT-L-14", "name": "ViT-L-14"},
            "reference": {"slug": "r", "spec": "hf:dinov2-large", "name": "dinov2-large"},
        },
    }
    content = b"".join(array.tobytes() for array in arrays.values())
    return FakeHistogram(blind, reference, counts, header, content)


def plotted(value: Any) -> NDArray[Any]:  # noqa: ANN401 - as plotly's JSON has it
    """The numbers of a trace, also where plotly packed them."""
    if not isinstance(value, dict):
        return np.asarray(value)
    numbers = np.frombuffer(base64.b64decode(value["bdata"]), dtype=f"<{value['dtype']}")
    shape = str(value.get("shape", len(numbers)))
    return numbers.reshape([int(side) for side in shape.split(",")])
