"""Embedding on a cluster with Ray Data: actors with the model compute shards, we keep the order.

Every node needs this program, the encoder's weights and the images under the same paths.
"""

import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder, is_tunable, load_encoder
from embeddings.errors import EmbeddingsError
from embeddings.forwards import OutOfMemoryError
from embeddings.images import Images
from embeddings.shards import HowToCompute, Shard, computed_shards

if TYPE_CHECKING:
    from ray.data import Dataset

_MEMORY: Final = "memory"
# Decoded for the next shard while the model is at this one.
_IN_FLIGHT: Final = 2

Row = dict[str, Any]


def ray_shards(
    encoder: Encoder,
    shards: Sequence[Images],
    how: HowToCompute,
    computed: Callable[[int], None] = lambda _: None,
) -> Generator[Shard]:
    """The engine of a Ray cluster, that of RAY_ADDRESS, or one on this machine.

    ``encoder`` says which one it is and in which precision; the actors load their own.

    Raises:
        EmbeddingsError: Ray is not installed, or an actor cannot compute its shard; says why.
    """
    del computed  # shards are heard of as they arrive
    start_ray()
    precision = encoder.precision if is_tunable(encoder) else None
    for row in _rows(_dataset(shards, (encoder.spec, precision, how))):
        if row["error"] == _MEMORY:
            raise OutOfMemoryError
        if row["error"]:
            raise EmbeddingsError(row["error"], where=f"{encoder.spec} on {row['node']}")
        flat = np.frombuffer(row["vectors"], dtype=np.float32)
        yield Shard(
            keys=json.loads(row["keys"]),
            vectors=flat.reshape(-1, encoder.dimension),
            skipped=json.loads(row["skipped"]),
            seconds_waited=row["waited"],
        )


def start_ray() -> None:
    """Join the cluster, or start one here; nothing is reported to anybody.

    Raises:
        EmbeddingsError: Ray is not installed, or cannot be reached.
    """
    if find_spec("ray") is None:
        raise EmbeddingsError(
            "Ray is not installed.",
            where="--engine ray",
            hint="pip install 'mmvp-studio[ray]' on every node.",
        )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray  # noqa: PLC0415 - an optional extra

    if ray.is_initialized():
        return
    try:
        ray.init(log_to_driver=False, include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = os.environ.get("RAY_ADDRESS", "this machine")
        raise EmbeddingsError(f"Ray does not start: {error}.", where=where) from error


def _dataset(shards: Sequence[Images], given: tuple[str, str | None, HowToCompute]) -> "Dataset":
    import ray  # noqa: PLC0415 - an optional extra
    from ray.data import ActorPoolStrategy, DataContext  # noqa: PLC0415

    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
    n_gpus = int(sum(node.get("GPU", 0) for node in nodes))
    n_cpus = int(sum(node.get("CPU", 1) for node in nodes))
    n_actors = n_gpus or len(nodes)
    items = [{"images": json.dumps([[key, str(path)] for key, path in shard])} for shard in shards]
    return ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
        _Actor,
        fn_constructor_args=given,
        batch_size=1,
        compute=ActorPoolStrategy(
            min_size=1,
            max_size=max(1, min(n_actors, len(items))),
            max_tasks_in_flight_per_actor=_IN_FLIGHT,
        ),
        num_gpus=1 if n_gpus else 0,
        num_cpus=max(1, n_cpus // n_actors),
    )


def _rows(dataset: "Dataset") -> Iterator[Row]:
    rows: Iterator[Row] = iter(dataset.iter_rows())
    yield from rows


class _Actor:
    """Holds the model; a row is a shard."""

    def __init__(self, spec: str, precision: str | None, how: HowToCompute) -> None:
        self.how = how
        self.encoder = load_encoder(spec)
        if is_tunable(self.encoder):
            if how.compiled:
                self.encoder.compile()
            if precision is not None:
                self.encoder.use_precision(precision)

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, list[Any]]:
        images = [(key, Path(path)) for key, path in json.loads(str(batch["images"][0]))]
        found: Row = {"keys": "[]", "vectors": b"", "skipped": "{}", "waited": 0.0, "error": ""}
        try:
            (shard,) = computed_shards(self.encoder, [images], self.how)
            found["keys"], found["skipped"] = json.dumps(shard.keys), json.dumps(shard.skipped)
            found["vectors"], found["waited"] = shard.vectors.tobytes(), shard.seconds_waited
        except OutOfMemoryError:
            found["error"] = _MEMORY
        except (EmbeddingsError, RuntimeError) as error:
            found["error"] = str(error) or type(error).__name__
        found["node"] = os.uname().nodename
        return {name: [value] for name, value in found.items()}
