"""The Mixture-of-Features miniature on a GPU machine: a thin script around the experiment.

It needs torch, torchvision, transformers, tokenizers, safetensors, timm, numpy, scipy and pillow,
and of what else the project uses only what loads the demo's CLIP and hashes pictures:
open_clip_torch (with ftfy and wcwidth) and imagehash (with pywavelets). Where these five are not
installed, their wheels must be carried there; all but pywavelets are pure Python. It runs from the
repository's root: ``python benchmarks/mof_gpu.py --out FOLDER``.
"""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a queue.py, as Python has


def main() -> None:
    """Run, and write ``results.json`` after every complete seed."""
    from evaluation.mof.experiment import Options, default_workers, run
    from evaluation.mof.material import Amounts, Seen
    from evaluation.mof.model import Size
    from evaluation.mof.report import write

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--training", type=int, default=10_000, help="scenes to learn from")
    parser.add_argument("--seen", default="patches", choices=("patches", "vector"))
    parser.add_argument("--tiny", action="store_true", help="only to see that it runs")
    given = parser.parse_args()
    amounts = Amounts(training=given.training)
    size = Size(steps=given.steps, batch=given.batch)
    if given.tiny:
        amounts = Amounts(training=300, ordinary=40, searched=400, pairs=40)
        size = Size(width=32, inner=64, layers=2, steps=12, batch=16, warmup=4)
    options = Options(
        seeds=given.seeds,
        device=given.device,
        workers=given.workers or default_workers(given.device),
        seen=Seen(given.seen),
        amounts=amounts,
        size=size,
    )
    run(
        options,
        keep=lambda found: print(write(found, given.out), flush=True),
        say=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
