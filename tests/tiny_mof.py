"""A tiny language model, LLaVA-format data and a recipe, for tests of mixtures."""

import json
from pathlib import Path

from PIL import Image

from assets import asset

BLIND = f"open_clip:local-dir:{asset('demo') / 'clip'}"
REFERENCE = f"hf:{asset('demo') / 'dino'}"
_WORDS = (
    "<pad> <s> </s> <unk> USER: ASSISTANT: which colour is it what red blue green yellow "
    "A B Open Closed Yes No ."
)
COLOURS = {"red": (220, 30, 30), "blue": (30, 40, 220), "green": (30, 180, 40)}


def save_language_model(folder: Path) -> Path:
    """An untrained Llama of two layers and its word-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    ids = {word: number for number, word in enumerate(_WORDS.split())}
    words = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>",
    ).save_pretrained(folder)  # fmt: skip
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(ids), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=512,
            pad_token_id=0, bos_token_id=1, eos_token_id=2,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def write_conversations(folder: Path) -> Path:
    """Twelve conversations about plain colours, and one without an image."""
    images = folder / "images"
    images.mkdir(parents=True)
    listed: list[dict[str, object]] = []
    for number in range(12):
        name = list(COLOURS)[number % 3]
        Image.new("RGB", (50 + number, 60), COLOURS[name]).save(images / f"{number}.png")
        asked = {"from": "human", "value": "<image>\nwhich colour is it"}
        told = {"from": "gpt", "value": name}
        listed.append({"id": number, "image": f"{number}.png", "conversations": [asked, told]})
    turns = [("human", "what is it"), ("gpt", "red"), ("human", "is it blue"), ("gpt", "No")]
    listed.append({"conversations": [{"from": who, "value": said} for who, said in turns]})
    (folder / "data.json").write_text(json.dumps(listed), encoding="utf-8")
    return folder


def write_recipe(
    folder: Path, language: Path, *, model: str = "", tuning: str = "", bf16: bool = False
) -> Path:
    """A recipe of a few steps; ``model`` and ``tuning`` are more lines of these two parts."""
    stage = (
        'data = "data.json"\nimages = "images"\nbatch_size = 4\nper_device = 2\n'
        f"max_length = 200\nsave_steps = 2\nbf16 = {str(bf16).lower()}\n"
    )
    text = (
        f'[model]\nlanguage = "{language}"\nblind = "{BLIND}"\nreference = "{REFERENCE}"\n{model}\n'
        f"[projector]\n{stage}steps = 2\nlearning_rate = 1e-2\n"
        f"[tuning]\n{stage}steps = 4\nlearning_rate = 1e-2\n{tuning}\n"
    )
    recipe = folder / "recipe.toml"
    recipe.write_text(text, encoding="utf-8")
    return recipe
