"""How a LLaVA with a mixture is trained, as a TOML file says it: the model and two stages."""

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from embeddings.mixture import Adapter
from evaluation.mof.configuration import MofError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelPart(_Part):
    """The language model, the two encoders and their mixture.

    Attributes:
        language: folder or hub name of a causal language model with a tokenizer.
        blind: spec of the blind encoder; ``reference`` of the reference encoder.
        mixing: ``additive`` (A-MoF), with a ``reference_share``, or ``interleaved`` (I-MoF).
        adapter: ``linear`` as in LLaVA or ``mlp`` as in LLaVA-1.5.
        chat_template: file of a template to use in place of LLaVA's conversations.
    """

    language: str
    blind: str
    reference: str
    mixing: Literal["additive", "interleaved"] = "interleaved"
    reference_share: float | None = Field(default=None, ge=0, le=1)
    adapter: Adapter = Adapter.mlp
    chat_template: Path | None = None

    @model_validator(mode="after")
    def _share_where_it_belongs(self) -> Self:
        if (self.mixing == "additive") != (self.reference_share is not None):
            raise ValueError("reference_share is needed with mixing = additive, and only there")
        return self


class LoraPart(_Part):
    """Low-rank adapters on every linear layer of the language model, in place of full tuning."""

    rank: int = Field(default=128, ge=1)
    alpha: int = Field(default=256, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)


class StagePart(_Part):
    """One stage of training; ``batch_size`` counts conversations per step over all devices."""

    data: Path
    images: Path
    epochs: float = Field(default=1, gt=0)
    steps: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=128, ge=1)
    per_device: int = Field(default=16, ge=1)
    learning_rate: float = Field(gt=0)
    warmup_ratio: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0, ge=0)
    max_length: int = Field(default=2048, ge=8)
    save_steps: int = Field(default=500, ge=1)
    loader_workers: int = Field(default=0, ge=0)
    bf16: bool = True
    gradient_checkpointing: bool = True
    seed: int = 0
    lora: LoraPart | None = None


class Recipe(_Part):
    """Stage 1 trains the projector alone, stage 2 the projector and the language model."""

    model: ModelPart
    projector: StagePart
    tuning: StagePart

    @model_validator(mode="after")
    def _lora_where_it_belongs(self) -> Self:
        if self.projector.lora is not None:
            raise ValueError("lora belongs to [tuning]: in stage 1 the language model is frozen")
        return self


def read_recipe(file: Path) -> Recipe:
    """Paths of data, images and chat template are relative to the recipe's folder.

    Raises:
        MofError: it cannot be read, or a setting is unknown, missing or out of range.
    """
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        recipe = Recipe.model_validate(settings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MofError(f"this cannot be read as TOML: {error}.", where=str(file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        what = f"{name}: {first['msg']}" if name else str(first["msg"])
        raise MofError(f"{what}.", where=str(file)) from error
    return _placed(recipe, file.parent)


def _placed(recipe: Recipe, folder: Path) -> Recipe:
    stages = {
        name: stage.model_copy(
            update={"data": folder / stage.data, "images": folder / stage.images}
        )
        for name, stage in (("projector", recipe.projector), ("tuning", recipe.tuning))
    }
    template = recipe.model.chat_template
    model = recipe.model.model_copy(update={"chat_template": template and folder / template})
    return recipe.model_copy(update={**stages, "model": model})
