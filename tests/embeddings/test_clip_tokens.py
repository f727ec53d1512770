"""Tokens are counted as CLIP's own tokenizer counts them."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.clip_tokens import CONTEXT, count_tokens

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def open_clip_tokenizer():  # type: ignore[no-untyped-def]
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer()


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 2),
        ("a photo of a cat", 7),
        ("a photo of ", 5),
        ("A  PHOTO of\na Cat", 7),
        ("don't", 4),
        ("2026", 6),
        ("a &amp; b", 5),
        ("cat " * 75, CONTEXT),
        ("cat " * 76, CONTEXT + 1),
    ],
)
def test_known_counts(text: str, n: int) -> None:
    assert count_tokens(text) == n


WORDS = st.sampled_from(
    [
        "butterfly's",
        "wings",
        "Ünïcode",
        "ﬁ",
        "½",
        "Ⅷ",
        "東京",
        "<end_of_text>",
        "&lt;",
        "\U0001f98b",
    ]
)


@given(text=st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=8).map(" ".join)))
def test_the_count_is_that_of_open_clip(open_clip_tokenizer, text: str) -> None:  # type: ignore[no-untyped-def]
    text = text.encode("utf-8", errors="ignore").decode()
    assert count_tokens(text) == len(open_clip_tokenizer.encode(text)) + 2


def test_counting_does_not_import_torch() -> None:
    code = (
        "import sys; from embeddings.clip_tokens import count_tokens; count_tokens('a cat');"
        "print('torch' in sys.modules, 'open_clip' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False False\n"
