"""Trains a LLaVA with a mixture the paper's way: the projector first, then all but the encoders."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from embeddings.encoders.hub import loading
from evaluation.mof.configuration import MofError
from evaluation.mof.conversations import Collator, Conversations, read_conversations
from evaluation.mof.llava import MofLlavaForConditionalGeneration, new_llava
from evaluation.mof.processor import CHAT_TEMPLATE, MofProcessor, new_processor
from evaluation.mof.recipe import LoraPart, ModelPart, Recipe, StagePart
from evaluation.mof.tower import described

ALIGNED: Final = "aligned"
TUNED: Final = "model"
_PROJECTOR: Final = "model.multi_modal_projector"

Say = Callable[[str], None]

Model = Any  # ours, or peft's around it
"""What a Trainer trains."""


def train(recipe: Recipe, out: Path, *, device: str | None = None, say: Say | None = None) -> Path:
    """Both stages, each from where it was interrupted.

    ``out/aligned`` is the model after stage 1, ``out/model`` the finished one: folders that
    ``from_pretrained`` and ``mmvp eval mllm --model hf:…`` load. A stage whose folder is there is
    not run again. With several processes, as ``accelerate launch`` or ``torchrun`` start them,
    the data are shared out among them and the first one writes. ``say`` gets a line now and then.

    Raises:
        MofError: data or a setting do not fit.
        EncoderUnavailable: a model cannot be loaded.
    """
    aligned, tuned = out / ALIGNED, out / TUNED
    if not aligned.is_dir():
        model, processor = start(recipe.model)
        _freeze_all_but_projector(model)
        _run(model, processor, recipe.projector, out / "stage-1", aligned, device, say)
    if not tuned.is_dir():
        model, processor = load(aligned)
        stage = recipe.tuning
        trained = model if stage.lora is None else _with_lora(model, stage.lora)
        _run(trained, processor, stage, out / "stage-2", tuned, device, say)
    return tuned


def start(part: ModelPart) -> tuple[MofLlavaForConditionalGeneration, MofProcessor]:
    """A pretrained language model, two pretrained encoders and an untrained mixture."""
    tower = described(
        part.blind,
        part.reference,
        mixing=part.mixing,
        reference_share=part.reference_share,
        adapter=part.adapter.value,
    )
    remote = not Path(part.language).is_dir()
    template = CHAT_TEMPLATE
    if part.chat_template is not None:
        template = part.chat_template.read_text(encoding="utf-8")
    with loading(part.language, remote=remote, hint="Give a causal language model."):
        tokenizer = AutoTokenizer.from_pretrained(part.language)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
        processor = new_processor(tokenizer, tower, template)
        model = new_llava(part.language, tower, processor.image_token_id, len(tokenizer))
    return model, processor


def load(folder: Path) -> tuple[MofLlavaForConditionalGeneration, MofProcessor]:
    """A model and its processor from a folder that ``train`` wrote."""
    model = MofLlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    processor = MofProcessor.from_pretrained(folder)
    return model, processor


def _freeze_all_but_projector(model: MofLlavaForConditionalGeneration) -> None:
    model.requires_grad_(requires_grad=False)
    model.model.multi_modal_projector.requires_grad_(requires_grad=True)


def _with_lora(model: MofLlavaForConditionalGeneration, part: LoraPart) -> Model:
    try:
        from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MofError("LoRA needs peft.", hint="pip install 'mmvp-studio[mof]'") from error
    linear = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and name.startswith("model.language_model.")
    ]
    config = LoraConfig(
        r=part.rank,
        lora_alpha=part.alpha,
        lora_dropout=part.dropout,
        target_modules=linear,
        modules_to_save=["multi_modal_projector"],
    )
    return get_peft_model(model, config)


def _run(
    model: Model,
    processor: MofProcessor,
    stage: StagePart,
    checkpoints: Path,
    finished: Path,
    device: str | None,
    say: Say | None,
) -> None:
    data = Conversations(read_conversations(stage.data, stage.images), processor, stage.max_length)
    trainer = Trainer(
        model=model,
        args=arguments(stage, checkpoints, device),
        train_dataset=data,
        data_collator=Collator(processor.tokenizer.pad_token_id, processor.tower.n_values),
    )
    trainer.remove_callback(PrinterCallback)  # it prints on stdout
    if say is not None:
        trainer.add_callback(_Told(say, checkpoints.name))
    last = _last_checkpoint(checkpoints)
    trainer.train(resume_from_checkpoint=last)
    if trainer.is_world_process_zero():
        whole = trainer.accelerator.unwrap_model(trainer.model)
        if stage.lora is not None:
            whole = whole.merge_and_unload()
        _save(whole, processor, finished)
    trainer.accelerator.wait_for_everyone()


class _Told(TrainerCallback):
    def __init__(self, say: Say, stage: str) -> None:
        self._say, self._stage = say, stage

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: object,
    ) -> None:
        """The loss, on the process that speaks for all."""
        del args, control, kwargs
        if state.is_world_process_zero and logs and "loss" in logs:
            at = f"{self._stage}, step {state.global_step:,} of {state.max_steps:,}"
            self._say(f"{at}: loss {logs['loss']:.4f}")


def _last_checkpoint(folder: Path) -> str | None:
    if not folder.is_dir():
        return None
    found: str | None = get_last_checkpoint(str(folder))  # type: ignore[no-untyped-call]
    return found


def _save(model: Model, processor: MofProcessor, folder: Path) -> None:
    """Written beside and renamed, so that a folder that is there is a finished one."""
    begun = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(begun, ignore_errors=True)
    model.save_pretrained(begun)
    processor.save_pretrained(begun)
    begun.rename(folder)


def arguments(stage: StagePart, folder: Path, device: str | None) -> TrainingArguments:
    """A stage as transformers' Trainer takes it.

    Raises:
        MofError: the batch size cannot be reached with so many on each device.
    """
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    together = stage.per_device * processes
    if stage.batch_size % together:
        raise MofError(
            f"a batch of {stage.batch_size} cannot be made of {processes} x {stage.per_device}.",
            hint="Set per_device to a divisor of batch_size over the number of devices.",
        )
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=stage.epochs,
        max_steps=stage.steps or -1,
        per_device_train_batch_size=stage.per_device,
        gradient_accumulation_steps=stage.batch_size // together,
        learning_rate=stage.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=stage.warmup_ratio,  # below 1 it is a share of all steps
        weight_decay=stage.weight_decay,
        max_grad_norm=1.0,
        bf16=stage.bf16,
        gradient_checkpointing=stage.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        save_steps=stage.save_steps,
        save_total_limit=2,
        logging_steps=10,
        dataloader_num_workers=stage.loader_workers,
        remove_unused_columns=False,
        ddp_find_unused_parameters=True,
        report_to="none",
        disable_tqdm=True,
        use_cpu=on_cpu,
        seed=stage.seed,
    )
