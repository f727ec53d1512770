"""Benchmarks to test with: one that is written out, and hypothesis strategies for any other."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from evaluation.benchmark import (
    Benchmark,
    BenchmarkPair,
    EncoderEntry,
    ExportedImage,
    ImageEntry,
    MiningRunEntry,
    Question,
    pattern_entries,
)
from evaluation.patterns import load_patterns

QUESTIONS = [
    ("Are the butterfly's wings open, or closed?", "Open", "Closed", "a", "state"),
    ('Can you see the key "Z" in the image?', "Yes", "No", "b", "text"),
    ("How many ducks, geese, or swans are there?", "2", "3", "a", "quantity"),
]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def image(name: str) -> ImageEntry:
    return ImageEntry(sha256=sha256(name), file_name=f"{name}.png", width=64, height=48)


def pair(pair_id: int = 1, **changes: object) -> BenchmarkPair:
    text, option_a, option_b, answer, pattern = QUESTIONS[pair_id % len(QUESTIONS)]
    fields: dict[str, Any] = {
        "pair_id": pair_id,
        "first": image(f"{pair_id} first"),
        "second": image(f"{pair_id} second"),
        "blind_cosine": 0.97,
        "reference_cosine": 0.41,
        "question": Question(
            text=text,
            option_a=option_a,
            option_b=option_b,
            answer_first=answer,  # type: ignore[arg-type]
            answer_second="b" if answer == "a" else "a",
        ),
        "pattern": pattern,
        "annotators": ["Ada"],
        "annotated_at": "2026-11-24T09:30:00+00:00",
        "mining_run": 1,
        "active_seconds": 41.5 * pair_id,
    }
    return BenchmarkPair(**{**fields, **changes})


def benchmark(*pairs: BenchmarkPair, **changes: object) -> Benchmark:
    fields: dict[str, Any] = {
        "name": "Harbor",
        "created_by": "MMVP Studio 0.1.0",
        "blind_encoder": EncoderEntry(spec="open_clip:tiny", name="Tiny CLIP", dimension=64),
        "reference_encoder": EncoderEntry(
            spec="hf:tiny", name="Tiny DINO", dimension=32, weights_digest="12ab"
        ),
        "blind_min": 0.95,
        "reference_max": 0.6,
        "patterns": pattern_entries(load_patterns("mmvp")),
        "mining_runs": [
            MiningRunEntry(
                run_id=1,
                blind_encoder="open_clip:tiny",
                reference_encoder="hf:tiny",
                blind_min=0.95,
                reference_max=0.6,
                n_images=2000,
                n_compared=1_999_000,
                n_over_thresholds=412,
                options={"limit": 150, "max_per_image": None, "near_duplicate_distance": 4},
            )
        ],
        "versions": {"torch": "2.15.0"},
        "pairs": pairs or (pair(3), pair(1), pair(2)),
    }
    return Benchmark(**{**fields, **changes})


def jpeg(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "JPEG", quality=95)
    return file.getvalue()


def jpeg_source(of: Benchmark) -> Callable[[str], bytes]:
    """Bytes of a JPEG per image, each different: its color comes from the hash."""
    known = {side.sha256 for one in of.pairs for side in (one.first, one.second)}

    def image_bytes(key: str) -> bytes:
        if key not in known:
            raise KeyError(key)
        return jpeg(f"#{key[:6]}")

    return image_bytes


_CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff"
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
lines = st.text(_CHARACTERS, max_size=20).map(lambda text: f"x{text}")
options = lines.map(lambda text: text.replace("(", "").replace(")", ""))
digests = st.integers(min_value=0, max_value=2**256 - 1).map("{:064x}".format)
cosines = st.floats(min_value=-1, max_value=1)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
exported_images = st.builds(
    ExportedImage, row=st.integers(min_value=1), path=st.just("images/1.jpg"), sha256=digests
)
encoders = st.builds(
    EncoderEntry, spec=lines, name=lines, dimension=st.integers(1, 4096),
    weights_digest=st.none() | lines,
)  # fmt: skip
sizes = st.integers(1, 10_000)
counts = st.none() | st.integers(0, 10**12)
runs = st.builds(
    MiningRunEntry, run_id=st.integers(1, 10**6), blind_encoder=lines, reference_encoder=lines,
    blind_min=cosines, reference_max=cosines, n_images=counts, n_compared=counts,
    n_over_thresholds=counts, options=st.dictionaries(texts, json_values, max_size=3),
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> Question:
    first = draw(st.sampled_from("ab"))
    return Question(
        text=draw(lines),
        option_a=f"{draw(options)}1",
        option_b=f"{draw(options)}2",
        answer_first=first,  # type: ignore[arg-type]
        answer_second="b" if first == "a" else "a",
    )


@st.composite
def pairs(draw: st.DrawFn, pair_id: int, run_ids: list[int]) -> BenchmarkPair:
    first, second = draw(st.lists(digests, min_size=2, max_size=2, unique=True))
    return BenchmarkPair(
        pair_id=pair_id,
        first=ImageEntry(
            sha256=first, file_name=draw(st.text(max_size=9)), width=draw(sizes), height=draw(sizes)
        ),
        second=ImageEntry(
            sha256=second,
            file_name=draw(texts),
            width=1,
            height=1,
            exported=draw(st.none() | exported_images),
        ),
        blind_cosine=draw(cosines),
        reference_cosine=draw(cosines),
        question=draw(questions()),
        pattern=draw(st.sampled_from(load_patterns("mmvp").slugs)),
        annotators=draw(st.lists(lines, max_size=3)),
        annotated_at=draw(st.none() | st.just("2026-11-24T09:30:00.25+01:00")),
        mining_run=draw(st.sampled_from([None, *run_ids])),
        note=draw(texts),
        active_seconds=draw(st.none() | st.floats(0, 1e6)),
    )


@st.composite
def benchmarks(draw: st.DrawFn, min_pairs: int = 0, max_pairs: int = 4) -> Benchmark:
    found = draw(st.lists(runs, max_size=2, unique_by=lambda run: run.run_id))
    sizes = {"min_size": min_pairs, "max_size": max_pairs}
    ids = draw(st.lists(st.integers(-5, 10**9), unique=True, **sizes))
    members = [draw(pairs(pair_id, [run.run_id for run in found])) for pair_id in ids]
    rows = [one.second.exported.row for one in members if one.second.exported]
    if len(rows) != len(set(rows)):
        members = members[:1]
    return Benchmark(
        name=draw(lines),
        created_by=draw(lines),
        blind_encoder=draw(encoders),
        reference_encoder=draw(encoders),
        blind_min=draw(cosines),
        reference_max=draw(cosines),
        patterns=pattern_entries(load_patterns("mmvp")),
        mining_runs=found,
        versions=draw(st.dictionaries(texts, texts, max_size=2)),
        pairs=members,
    )
