"""The paper's experiment in miniature: every mixture, several seeds, both accuracies."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import torch

from evaluation.mof.material import Amounts, Material, Seen, prepare, texts
from evaluation.mof.model import Size, TinyLlava, right_answers, train
from evaluation.mof.packing import Packed, Words
from evaluation.mof.report import Report, Run, report
from evaluation.mof.scenes import Tokens
from evaluation.mof.settings import SETTINGS, Setting

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How the miniature is run; ``workers`` processes train at the same time."""

    seeds: int = 3
    device: str = "cpu"
    workers: int = 1
    seen: Seen = Seen.patches
    amounts: Amounts = field(default_factory=Amounts)
    size: Size = field(default_factory=Size)
    settings: tuple[Setting, ...] = SETTINGS


@dataclass(frozen=True)
class _Job:
    setting: Setting
    seed: int
    material: str
    options: Options


def run(
    options: Options,
    *,
    keep: Callable[[Report], None],
    say: Say | None = None,
) -> Report:
    """Prepare, train every setting with every seed, and report.

    ``keep`` gets a report whenever one more seed is complete, so that a run that is cut short
    leaves what it has.
    """
    say = say or (lambda _: None)
    began = time.perf_counter()
    material = prepare(options.amounts, device=options.device, seen=options.seen, progress=say)
    say(f"{len(material.pairs):,} blind pairs; prepared in {time.perf_counter() - began:.0f} s")
    done: list[Run] = []
    last: Report | None = None
    n_complete = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "material.pt"
        torch.save(material, file)
        for one in _trained(options, str(file)):
            done.append(one)
            say(_line(one, time.perf_counter() - began))
            complete = _complete(done, options)
            if len(complete) > n_complete:
                n_complete = len(complete)
                seconds = time.perf_counter() - began
                last = report(material, complete, options.settings, facts(options, seconds))
                keep(last)
    if last is None:
        raise RuntimeError("no seed was run")
    return last


def _line(one: Run, seconds: float) -> str:
    return (
        f"{seconds:5.0f} s  {one.setting}, seed {one.seed}: pairs "
        f"{100 * one.pairs.reshape(-1, 2).all(axis=1).mean():.1f} %, instruction "
        f"{100 * one.instruction.mean():.1f} %, loss {one.losses[-1]:.3f}, {one.seconds:.0f} s"
    )


def facts(options: Options, seconds: float) -> dict[str, object]:
    """What a reader needs to know to run it again."""
    on_gpu = options.device.startswith("cuda")
    return {
        "seen": options.seen.value,
        "seconds": round(seconds, 1),
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "workers": options.workers,
        "torch": torch.__version__,
        "amounts": vars(options.amounts),
        "model": vars(options.size),
    }


def _complete(done: Sequence[Run], options: Options) -> list[Run]:
    """Runs of the seeds that every setting has been trained with, in a fixed order."""
    order = {setting.name: number for number, setting in enumerate(options.settings)}
    found = []
    for seed in range(options.seeds):
        own = [run for run in done if run.seed == seed]
        if len(own) == len(options.settings):
            found += sorted(own, key=lambda run: order[run.setting])
    return found


def _trained(options: Options, file: str) -> Iterator[Run]:
    # I-MoF, the last and longest, is trained first: nothing is waited for at the end.
    jobs = [
        _Job(setting, seed, file, options)
        for seed in range(options.seeds)
        for setting in reversed(options.settings)
    ]
    if options.workers == 1:
        yield from map(_train_one, jobs)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=_alone) as pool:
        futures = [pool.submit(_train_one, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _alone() -> None:
    torch.set_num_threads(1)


@dataclass(frozen=True)
class _Loaded:
    training: Tokens
    ordinary: Tokens
    searched: Tokens
    texts: tuple[Packed, Packed, Packed]
    vocabulary: int


@lru_cache(maxsize=1)
def _loaded(file: str, amounts: Amounts, device: str) -> _Loaded:
    # The file is this run's own: it holds our dataclasses, which weights_only would refuse.
    material: Material = torch.load(file, weights_only=False)
    words = Words()
    packed = texts(material, amounts, words)
    tokens = (material.training, material.ordinary, material.searched)
    there = [one.to(device) for one in tokens]
    ready = (packed[0].to(device), packed[1].to(device), packed[2].to(device))
    return _Loaded(there[0], there[1], there[2], ready, len(words))


def _train_one(job: _Job) -> Run:
    options, size = job.options, job.options.size
    loaded = _loaded(job.material, options.amounts, options.device)
    began = time.perf_counter()
    torch.manual_seed(job.seed)
    widths = loaded.training.blind.shape[-1], loaded.training.reference.shape[-1]
    mixture = job.setting.mixture(*widths, size.width)
    model = TinyLlava(mixture, size, loaded.vocabulary).to(options.device)
    losses = train(model, loaded.training, loaded.texts[0], size, seed=job.seed)
    instruction = right_answers(model, loaded.ordinary, loaded.texts[1]).numpy()
    pairs = right_answers(model, loaded.searched, loaded.texts[2]).numpy()
    seconds = time.perf_counter() - began
    return Run(job.setting.name, job.seed, pairs, instruction, losses, seconds)


def default_workers(device: str) -> int:
    """A process for each core, or a few for a GPU, which one tiny model leaves idle."""
    cores = os.cpu_count() or 1
    return max(1, min(6, cores // 2)) if device.startswith("cuda") else cores
