"""Tiny models with random weights, saved in each library's own format."""

import json
from pathlib import Path

import open_clip
import timm
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    BitImageProcessorPil,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTextConfig,
    CLIPTokenizer,
    CLIPVisionConfig,
    Dinov2Config,
    Dinov2Model,
    DINOv3ViTConfig,
    DINOv3ViTImageProcessor,
    DINOv3ViTModel,
    IJepaConfig,
    IJepaModel,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
    ViTImageProcessorPil,
)

_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_CLIP = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8},
    "text_cfg": {
        "context_length": 12,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 1,
    },
}


def open_clip_folder(folder: Path) -> Path:
    """A folder for `open_clip:local-dir:<folder>`."""
    folder.mkdir(parents=True)
    torch.manual_seed(1)
    model = open_clip.CLIP(**_CLIP)
    mean_and_std = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}
    config = {"model_cfg": _CLIP, "preprocess_cfg": mean_and_std}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def clip_folder(folder: Path) -> Path:
    """CLIP in the format of transformers, with a tokenizer that knows a few letters."""
    torch.manual_seed(2)
    letters = ["<|startoftext|>", "<|endoftext|>", "a", "b", "c</w>", "a</w>", "b</w>"]
    vocabulary = {token: number for number, token in enumerate(letters)}
    config = CLIPConfig(
        text_config=CLIPTextConfig(
            **_TOWER,
            vocab_size=len(letters),
            max_position_embeddings=12,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        ).to_dict(),
        vision_config=CLIPVisionConfig(**_TOWER, image_size=32, patch_size=8).to_dict(),
        projection_dim=20,
    )
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    return folder


def siglip_folder(folder: Path) -> Path:
    """SigLIP in the format of transformers; texts have no attention mask, as in the real ones."""
    torch.manual_seed(3)
    config = SiglipConfig(
        text_config=SiglipTextConfig(**_TOWER, vocab_size=50).to_dict(),
        vision_config=SiglipVisionConfig(**_TOWER, image_size=32, patch_size=8).to_dict(),
    )
    SiglipModel(config).save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    words = Tokenizer(WordLevel({"<pad>": 0, "<unk>": 1, "a": 2, "b": 3, "c": 4}, "<unk>"))
    words.pre_tokenizer = WhitespaceSplit()  # type: ignore[assignment]
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "model_input_names": ["input_ids"]}
    PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
    return folder


def dinov2_folder(folder: Path) -> Path:
    """DINOv2 in the format of transformers."""
    torch.manual_seed(4)
    size = {"image_size": 28, "patch_size": 7}
    config = Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, **size)
    Dinov2Model(config).save_pretrained(folder)
    BitImageProcessorPil(
        size={"shortest_edge": 40}, crop_size={"height": 35, "width": 35}
    ).save_pretrained(folder)
    return folder


def dinov3_folder(folder: Path) -> Path:
    """DINOv3, with register tokens, in the format of transformers."""
    torch.manual_seed(5)
    config = DINOv3ViTConfig(**_TOWER, image_size=32, patch_size=8, num_register_tokens=4)
    DINOv3ViTModel(config).save_pretrained(folder)
    DINOv3ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def ijepa_folder(folder: Path) -> Path:
    """A vision model of transformers without a class token."""
    torch.manual_seed(6)
    IJepaModel(IJepaConfig(**_TOWER, image_size=32, patch_size=8)).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def timm_checkpoint(folder: Path) -> Path:
    """A checkpoint of timm's smallest convolutional model, classifier included."""
    folder.mkdir(parents=True)
    torch.manual_seed(7)
    path = folder / "model.safetensors"
    save_file(timm.create_model(TIMM_MODEL, pretrained=False).state_dict(), path)
    return path


def timm_folder(folder: Path) -> Path:
    """A folder for `timm:local-dir:<folder>` with a small ViT."""
    torch.manual_seed(8)
    arguments = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
    model = timm.create_model("vit_tiny_patch16_224", pretrained=False, **arguments)
    folder.mkdir(parents=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    config = {
        "architecture": "vit_tiny_patch16_224",
        "num_classes": 1000,
        "num_features": 32,
        "model_args": arguments,
        "pretrained_cfg": {"input_size": [3, 32, 32], "num_classes": 1000, "classifier": "head"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


TIMM_MODEL = "test_resnet"
