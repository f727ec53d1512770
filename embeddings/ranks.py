"""Several processes on one machine that embed together, one a GPU, as torchrun starts them.

The first one reads and writes the store and tells the others what to compute. In turns each
computes a shard of its own, and the first writes them in order: the store is the same as with one
process.
"""

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import torch
import torch.distributed as dist

from embeddings.encoder import Encoder, is_tunable, load_encoder
from embeddings.errors import EmbeddingsError
from embeddings.forwards import OutOfMemoryError
from embeddings.images import Images
from embeddings.shards import HowToCompute, Shard, computed_shards

# Nobody waits longer for the others: mapping, trials and a shard of a slow encoder on a CPU.
_PATIENCE: Final = timedelta(hours=6)


@dataclass(frozen=True)
class _Plan:
    spec: str
    precision: str | None
    shards: Sequence[Images]
    how: HowToCompute


def is_first() -> bool:
    """Whether this process is the one that reads and writes."""
    return int(os.environ["RANK"]) == 0


def own_device() -> str:
    """The GPU of this process, or the CPU where there are fewer GPUs than processes."""
    local = int(os.environ["LOCAL_RANK"])
    return f"cuda:{local}" if local < torch.cuda.device_count() else "cpu"


@contextmanager
def together() -> Generator[None]:
    """Around all that the processes do together; the others end when the first one leaves it."""
    dist.init_process_group("gloo", timeout=_PATIENCE)
    try:
        try:
            yield
        finally:
            if is_first():
                _tell(None)
        # Whoever leaves while another still hears the last word takes it down as well.
        dist.barrier()
        if not is_first():
            _leave_at_once()
    finally:
        dist.destroy_process_group()


def _leave_at_once() -> None:
    """End this process, whose work is done: gloo now and then aborts while it is taken down."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def compute_for_the_first() -> None:
    """What all but the first do: compute what it tells them until it is done."""
    encoder: Encoder | None = None
    while (plan := _told()) is not None:
        if encoder is None or encoder.spec != plan.spec:
            encoder = load_encoder(plan.spec, device=own_device())
            if plan.how.compiled and is_tunable(encoder):
                encoder.compile()
        if plan.precision is not None and is_tunable(encoder):
            encoder.use_precision(plan.precision)
        for _ in _rounds(encoder, plan, lambda _: None):
            pass


def shared_shards(
    encoder: Encoder,
    shards: Sequence[Images],
    how: HowToCompute,
    computed: Callable[[int], None] = lambda _: None,
) -> Generator[Shard]:
    """The engine of the first process.

    Raises:
        EmbeddingsError: another process could not compute its share; says why.
    """
    precision = encoder.precision if is_tunable(encoder) else None
    plan = _Plan(encoder.spec, precision, shards, how)
    _tell(plan)
    for done in _rounds(encoder, plan, computed):
        yield from done


def _rounds(
    encoder: Encoder, plan: _Plan, computed: Callable[[int], None]
) -> Generator[list[Shard]]:
    """Round by round: every process computes a shard, the first one gets all of them in order."""
    rank, world = dist.get_rank(), dist.get_world_size()
    own = computed_shards(encoder, plan.shards[rank::world], plan.how, computed)
    going = True
    try:
        for start in range(0, len(plan.shards), world):
            mine = _next(own) if start + rank < len(plan.shards) else None
            gathered: list[Any] | None = [None] * world if rank == 0 else None
            dist.gather_object(mine, gathered, dst=0)
            if gathered is not None:
                try:
                    yield [_checked(one) for one in gathered if one is not None]
                except BaseException:
                    going = False
                    raise
                finally:
                    _tell(going)
            elif not _told():
                return
    finally:
        own.close()


def _next(own: Generator[Shard]) -> Shard | Exception:
    try:
        return next(own)
    except (OutOfMemoryError, EmbeddingsError, RuntimeError) as error:
        return error


def _checked(one: Shard | Exception) -> Shard:
    if isinstance(one, Exception):
        raise one
    return one


def _tell(message: object) -> None:
    dist.broadcast_object_list([message], src=0)


def _told() -> Any:  # noqa: ANN401 - a plan, whether to go on, or None at the end
    box: list[Any] = [None]
    dist.broadcast_object_list(box, src=0)
    return box[0]
