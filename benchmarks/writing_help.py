"""How long the help while writing takes: lints among many questions, and the blindness meter.

Run it with `python -m benchmarks.writing_help [--blind SPEC]`; without a spec it also times a
ViT-L/14 text tower with random weights, which computes as long as the paper's.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from annotator.meter import BlindnessMeter, Words
from annotator.settings import Settings
from annotator.studio import Studio
from db.pairs import list_cards
from embeddings.encoder import limit_threads, load_encoder, supports_text
from evaluation.among_others import OtherQuestion, lint_among
from evaluation.findings import Draft
from evaluation.lint import lint_question
from evaluation.pattern_suggestion import load_labelled

TIMES = 40


def told(what: str, work: Callable[[int], object], times: int = TIMES) -> None:
    seconds = []
    for turn in range(times):
        started = time.perf_counter()
        work(turn)
        seconds.append(time.perf_counter() - started)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    print(f"{what}: {p50:.1f} ms (median), {p95:.1f} ms (95 %)")


def _lint_among(draft: Draft, others: list[OtherQuestion], _: int) -> None:
    lint_among(draft, others)


def lints() -> None:
    sentences = load_labelled()
    given = ("Is the cow's tail raised or hanging down?", "Raised", "Hanging down", "a", "b")
    told("lints of the question alone", lambda _: lint_question(*given, "state"))
    for n in (150, 1500, 15_000):
        others = [
            OtherQuestion(at, f"{one.question} {at // len(sentences)}", one.option_a, one.option_b)
            for at, one in ((at, sentences[at % len(sentences)]) for at in range(n))
        ]
        told(f"lints among {n:,} questions", partial(_lint_among, Draft(*given), others))


def meter(root: Path) -> None:
    from tests.explorable_workspace import seed_explorable

    with Studio.open(seed_explorable(root), Settings(annotator="Ann")) as studio:
        cards = list_cards(studio.database)
        measure = studio.shared(BlindnessMeter).measure

        def ask(turn: int, words: str = "") -> None:
            text = Words(f"Is number {turn} {words} open or shut?", "Open", "Shut", "a")
            while measure(cards[turn % len(cards)], text)["state"] != "ready":
                time.sleep(0.01)

        started = time.perf_counter()
        ask(0)
        print(f"first meter, the demo's encoder loaded: {time.perf_counter() - started:.1f} s")
        told("meter, the demo's encoder", ask)


def large_text_tower() -> None:
    import open_clip
    import torch

    model = open_clip.create_model("ViT-L-14-quickgelu", pretrained=None).eval()
    tokenizer = open_clip.get_tokenizer("ViT-L-14-quickgelu")
    limit_threads(1)

    def encode(turn: int) -> object:
        with torch.inference_mode():
            return model.encode_text(tokenizer([f"a photo of {turn} dogs", f"{turn} cats"]))

    told("two texts, ViT-L/14 with random weights, one thread", encode, 10)


def given_encoder(spec: str) -> None:
    encoder = load_encoder(spec, device="cpu")
    if not supports_text(encoder):
        print(f"{spec} has no text tower")
        return
    told(f"two texts, {spec}", lambda turn: encoder.embed_texts([f"{turn} dogs", f"{turn} cats"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blind", help="time the text tower of this encoder")
    spec = parser.parse_args().blind
    lints()
    with tempfile.TemporaryDirectory() as folder:
        meter(Path(folder))
    if spec:
        given_encoder(spec)
    else:
        large_text_tower()


if __name__ == "__main__":
    main()
