"""The GPU's kernels: in Triton's interpreter they find and add what the processor does.

They are compiled for real cards as well, which needs none.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.mining.vectors import even_parts

SURVIVORS = """
import numpy as np, torch
from embeddings.mining import fused
from embeddings.mining.plan import PrefixPlan
from embeddings.mining.prefix import PrefixFeatures, fit_basis
rng = np.random.default_rng(3)
rows = rng.normal(size=(60, 24))[rng.integers(0, 60, 300)] + 0.2 * rng.normal(size=(300, 24))
rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
features = PrefixFeatures(rows, 0.9, fit_basis(rows, 11), PrefixPlan(16, "float16"))
exact = rows.astype(np.float64) @ rows.astype(np.float64).T
over = {(int(i), int(j)) for i, j in np.argwhere(np.triu(exact > 0.9, 1))}
second, first = features.survivors(slice(0, 300), slice(0, 300))
expected = set(zip(first.tolist(), second.tolist()))
fused._TILES = 2  # several programs side by side
for shape in (fused.TileShape(128, 128, 2), fused.TileShape(64, 32, 1)):
    for room in (1 << 16, 90):  # little room: the rows are gone through in smaller blocks
        fused._ENTRIES, fused._ENTRIES_AT_ONCE = room, 1000
        search = fused.FusedSearch(features._left, features._right, shape)
        found = []
        for start in range(0, 300, 130):
            for second, first, _ in search.survivors(slice(start, min(300, start + 130))):
                found += zip(first.tolist(), second.tolist())
        assert len(found) == len(set(found))
        assert len(over) > 100 and over <= set(found), (len(over), len(over - set(found)))
        # The two add in different orders: they may part on what is left to the exact cosine.
        assert len(set(found) ^ expected) <= 2, set(found) ^ expected
print("same", len(found))
"""

DOTS = """
import numpy as np, torch
from embeddings.mining.fused import exact_dots
from embeddings.mining.vectors import exact_cosines
rng = np.random.default_rng(5)
for dimension in (8, 24, 96, 128, 384, 512, 768, 1024, 1152):
    rows = rng.normal(size=(40, dimension))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    first, second = rng.integers(0, 40, (2, 37))
    dots = exact_dots(torch.from_numpy(rows), torch.from_numpy(first), torch.from_numpy(second))
    assert dots.clamp(-1, 1).numpy().tobytes() == exact_cosines(rows, first, second).tobytes()
    nothing = exact_dots(torch.from_numpy(rows), *torch.empty((2, 0), dtype=torch.int64))
    assert nothing.shape == (0,)
print("same")
"""

TRIED = """
import warnings
import numpy as np, torch
from embeddings.mining import fused, kernels
from embeddings.mining.plan import PrefixPlan
from embeddings.mining.prefix import PrefixFeatures, fit_basis
rng = np.random.default_rng(3)
rows = rng.normal(size=(200, 24)).astype(np.float32)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
of = PrefixFeatures(rows, 0.3, fit_basis(rows, 11), PrefixPlan(16, "float16"))
assert of.fused is None  # no GPU
ways = {
    "filter": lambda: kernels.tried_search(of._left, of._right, 99 << 10),
    "cosine": lambda: kernels.tried_dots(384, "cpu"),
}
assert kernels.tried_search(of._left, of._right, 1 << 10) is None
assert kernels.tried_dots(100, "cpu") is None
for what, way in ways.items():
    assert way() is not None
    assert kernels.or_none(what, way) is not None

def broken(*given, **names):
    raise fused.triton.CompilationError("", None, "no such card")

def told(what):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert kernels.or_none(what, ways[what]) is None
    (warning,) = caught
    assert f"The GPU's {what} kernel is not used here: " in str(warning.message), warning
    return str(warning.message)

good = fused.exact_dots, fused.FusedSearch.survivors
fused.exact_dots = lambda *given: good[0](*given) * (1 + 2.0**-52)
assert "other cosines" in told("cosine")
fused.FusedSearch.survivors = lambda *given: [(s[1:], f[1:], n) for s, f, n in good[1](*given)]
assert "other pairs" in told("filter")
fused.FusedSearch.survivors = lambda *given: [(f, s, n) for s, f, n in good[1](*given)]
assert "other pairs" in told("filter")
fused.exact_dots = fused.FusedSearch.survivors = broken
assert all(told(what) for what in ways)

def absent():
    raise ImportError("triton")

assert kernels.or_none("filter", absent) is None
print("tried")
"""

COMPILED = """
import sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from embeddings.mining import fused

def compiled(kernel, types, constants, **options):
    place = {name: (kernel.arg_names.index(name),) for name in (*types, *constants)}
    source = ASTSource(
        fn=kernel,
        signature=types | dict.fromkeys(constants, "constexpr"),
        constexprs={place[name]: value for name, value in constants.items()},
        attrs={place[n]: [["tt.divisibility", 16]] for n, t in types.items() if t[0] == "*"},
    )
    return triton.compile(source, target=GPUTarget("cuda", int(sys.argv[1]), 32), options=options)

FAST_MEMORY = {80: 163, 86: 99, 89: 99, 90: 227, 100: 227, 120: 99}[int(sys.argv[1])] << 10
numbers = dict.fromkeys(("room", "first_row", "end_row"), "i32")
for width in (128, 256):
    shape = fused.tile_shape(width, FAST_MEMORY)
    done = compiled(
        fused.find_survivors,
        {"left": "*fp16", "right": "*fp16", "found": "*i64", "n_found": "*i32"} | numbers,
        {"width": width, **shape._asdict(), "n_tiles": 32, "group": 16},
        num_warps=fused.WARPS,
    )
    assert done.metadata.shared <= FAST_MEMORY, (shape, done.metadata.shared)
    print(width, shape, done.metadata.shared)
compiled(
    fused.add_in_pairs,
    {"vectors": "*fp32", "first": "*i64", "second": "*i64", "sums": "*fp64", "n_pairs": "i32"},
    {"dimension": 768, "part": 96, "n_parts": 8, "n_halvings": 6, "lanes": 8, "n_at_once": 16},
)
print("compiled")
"""


def run(script: str, *args: str, **environment: str) -> str:
    """What a script prints in a process of its own: Triton reads its settings when imported."""
    pytest.importorskip("triton", reason="no Triton on this platform")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, *args],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_filter_finds_what_the_product_finds() -> None:
    assert run(SURVIVORS, TRITON_INTERPRET="1").startswith("same")


def test_the_cosines_have_the_bits_that_numpy_gives() -> None:
    assert run(DOTS, TRITON_INTERPRET="1").startswith("same")


def test_a_kernel_that_fails_its_trial_is_not_used() -> None:
    assert run(TRIED, TRITON_INTERPRET="1").startswith("tried")


@pytest.mark.parametrize("capability", [80, 86, 89, 90, 100, 120])
def test_the_kernels_compile_for_cards_and_fit_their_memory(
    capability: int, tmp_path: Path
) -> None:
    told = run(COMPILED, str(capability), TRITON_CACHE_DIR=str(tmp_path))
    print(told)
    assert told.endswith("compiled\n")


@pytest.mark.parametrize(
    ("dimension", "parts"),
    [(8, (8, 1)), (128, (128, 1)), (768, (96, 8)), (1024, (128, 8)), (1152, (72, 16))],
)
def test_equal_parts_of_a_row(dimension: int, parts: tuple[int, int]) -> None:
    assert even_parts(dimension) == parts


@pytest.mark.parametrize("dimension", [0, 1, 7, 12, 100, 136, 1000])
def test_rows_that_numpy_does_not_cut_into_equal_parts(dimension: int) -> None:
    assert even_parts(dimension) is None
