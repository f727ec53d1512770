"""The demo's tokenizer: one token per word of the captions, with spare words for the patterns."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from embeddings.demo.factors import PATTERN_OF_FACTOR
from embeddings.demo.scenes import KINDS, captions

CONTEXT = 16

TEMPLATES = ("{}", "a picture of {}", "a drawing of {}", "a photo of {}")

_SPARE = (
    "the is are with without and or no not of on in at to from facing looking turned pointing "
    "left right front back side above below over under top inside outside behind next near far "
    "up down close away one two three four five zero many few several open closed shut lit dark "
    "asleep awake lying standing big small round square short tall long flat thin thick straight "
    "red orange yellow green blue purple pink white brown grey gray black golden light bright "
    "striped plain spotted word words text sign says reads seen view wearing missing visible "
    "legs door window windows wheel wheels hat scarf eyes tail ears color colour shape"
)


def vocabulary() -> list[str]:
    """Every word that gets a token of its own, sorted."""
    said = [template.format(caption) for template in TEMPLATES for caption in captions()]
    values = [
        str(value) for kind in KINDS.values() for factor in kind.factors for value in factor.values
    ]
    return sorted({*_words(said), *_words(values), *_words(PATTERN_OF_FACTOR), *_words([_SPARE])})


def _words(texts: Iterable[str]) -> Iterable[str]:
    splitter = pre_tokenizers.Whitespace()
    for text in texts:
        yield from (word for word, _ in splitter.pre_tokenize_str(text.lower()))


def new_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer as transformers saves it; ``<end>`` has the highest id, as CLIP expects."""
    words = ["<pad>", "<unk>", "<start>", *vocabulary(), "<end>"]
    ids = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>",
        special_tokens=[("<start>", ids["<start>"]), ("<end>", ids["<end>"])],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<start>",
        eos_token="<end>",
        model_max_length=CONTEXT,
    )
