"""Where vectors are computed: in this process, by several that torchrun started, or on Ray."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embeddings.shards import Engine


class EngineName(StrEnum):
    """What can be asked for; torchrun is seen by itself."""

    here = "here"
    ray = "ray"


@dataclass(frozen=True)
class Computing:
    """An engine, None for that of one process, and the device if the engine decides on that."""

    engine: "Engine | None" = None
    device: str | None = None


@contextmanager
def computing(name: EngineName) -> Iterator[Computing | None]:
    """The engine to compute with; None in a process that only helped another and is done.

    Raises:
        EmbeddingsError: Ray is wanted and not there.
    """
    if name is EngineName.ray:
        from embeddings.on_ray import ray_shards, start_ray  # noqa: PLC0415 - torch, only now

        start_ray()
        yield Computing(ray_shards)
    elif "LOCAL_RANK" not in os.environ:
        yield Computing()
    else:
        from embeddings import ranks  # noqa: PLC0415 - torch, only now needed

        with ranks.together():
            if ranks.is_first():
                yield Computing(ranks.shared_shards, ranks.own_device())
            else:
                ranks.compute_for_the_first()
                yield None
