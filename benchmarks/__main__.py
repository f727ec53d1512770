"""All benchmarks, one after the other: python -m benchmarks [--quick] [--only NAME ...].

Each prints its table as if it was run alone. Nothing else should run on the machine meanwhile.
"""

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Arguments at full size, and at one that takes seconds to minutes.
BENCHMARKS: dict[str, tuple[list[str], list[str]]] = {
    "mining": (["--images", "10000", "30000", "100000"], ["--images", "5000", "--repeats", "1"]),
    "embedding": ([], ["--images", "64", "--repeats", "1"]),
    "maps": ([], ["--images", "2000", "--thumbnails", "50"]),
    "importing": ([], ["--pairs", "100000"]),
    "queue": ([], ["--pairs", "20000", "--decided", "2000"]),
    "review_latency": ([], ["--rounds", "3"]),
    "explore": ([], ["--images", "20000", "--repeats", "3"]),
    "mixing": ([], ["--pairs", "50000"]),
    "pattern_suggestion": ([], []),
}
_VERSIONS = ("torch", "numpy", "pillow", "umap-learn", "open_clip_torch", "transformers", "gradio")
_NEEDS_A_WORKSPACE = {"review_latency"}


def machine() -> str:
    """What the figures are of: processor, cores, memory, GPU and versions."""
    model, memory = platform.processor() or platform.machine(), 0
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            memory = int(line.split()[1]) // 1024**2
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _VERSIONS)
    python = f"Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {memory} GiB, {_gpu()}; {python}, {versions}"


def _gpu() -> str:
    import torch

    if not torch.cuda.is_available():
        return "no GPU"
    return ", ".join(torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count()))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def main() -> None:
    """Run what was asked for; a benchmark that fails is named at the end, with exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, for a look")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME")
    given = parser.parse_args()
    print(machine())
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "demo"
        for name in given.only or BENCHMARKS:
            full, quick = BENCHMARKS[name]
            arguments = quick if given.quick else full
            if name in _NEEDS_A_WORKSPACE:
                arguments = [str(_demo(workspace)), *arguments]
            print(f"\n## {name} {' '.join(arguments)}\n", flush=True)
            begun = time.perf_counter()
            done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments])
            print(f"\n({name}: {time.perf_counter() - begun:.0f} s)", flush=True)
            failed += [name] if done.returncode else []
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _demo(workspace: Path) -> Path:
    if not workspace.exists():
        command = [sys.executable, "-m", "annotator.cli", "demo", "--no-serve"]
        subprocess.run([*command, "--workspace", str(workspace)], check=True, capture_output=True)
    return workspace


if __name__ == "__main__":
    main()
