"""A multimodal LLM that runs here, through transformers' own image-text-to-text pipeline."""

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from pydantic import JsonValue
from transformers import pipeline

import evaluation.mof.processor  # noqa: F401 - these two let transformers load their models
from embeddings.encoders.hub import loading
from embeddings.encoders.inference import choose_device
from evaluation.mllms.asking import Reply, Request, RunStopped


class LocalModel:
    """Any model that ``AutoModelForImageTextToText`` loads and that has a chat template.

    One request at a time. Sampling is seeded by the request, so that a run that was interrupted
    gives the answers it would have given.
    """

    def __init__(self, source: str, device: str | None = None) -> None:
        """Loads a folder, or a model of the Hugging Face hub by its name.

        Raises:
            EncoderUnavailable: it cannot be loaded.
            RunStopped: it has no chat template.
        """
        self.name = f"hf:{source}"
        folder = Path(source).expanduser()
        here = folder.is_dir()
        self.identity: Mapping[str, JsonValue] = {"hf": source, "files": _files(folder)}
        with loading(self.name, remote=not here, hint="Give an image-text-to-text model."):
            self._generate: Any = pipeline(
                "image-text-to-text",
                model=str(folder) if here else source,
                device=(chosen := choose_device(device)),
                # A CPU is slow in half precision, or cannot do it at all.
                dtype=torch.float32 if chosen.type == "cpu" else "auto",
            )
        if not getattr(self._generate.processor, "chat_template", None):
            raise RunStopped(
                "this model has no chat template, so that nobody knows how to ask it.",
                where=self.name,
                hint="Use an instruction-tuned version of it.",
            )
        self._lock, self._stopping = threading.Lock(), threading.Event()

    def ask(self, request: Request) -> Reply:
        """The generated text without the prompt.

        Raises:
            RunStopped: stopped, or out of memory.
        """
        shown = [
            {"type": "image", "image": Image.open(io.BytesIO(data)).convert("RGB")}
            for data in request.read_images()
        ]
        content = [*shown, {"type": "text", "text": request.prompt}]
        sampling: dict[str, Any] = {"do_sample": bool(request.temperature)}
        if request.temperature:
            sampling["temperature"] = request.temperature
        with self._lock:
            if self._stopping.is_set():
                raise RunStopped("stopped.")
            torch.manual_seed(int(request.key[:15], 16))
            try:
                found = self._generate(
                    text=[{"role": "user", "content": content}],
                    return_full_text=False,
                    generate_kwargs={
                        "max_new_tokens": request.max_tokens,
                        **sampling,
                        **request.body,
                    },
                )
            except torch.OutOfMemoryError as error:
                raise RunStopped("the device's memory is full.", where=self.name) from error
        return Reply(text=str(found[0]["generated_text"]))

    def stop(self) -> None:
        """Begin no further request."""
        self._stopping.set()


def _files(folder: Path) -> list[JsonValue]:
    """Names, sizes and times of a folder's files: other weights are another model."""
    if not folder.is_dir():
        return []
    status = [(path.name, path.stat()) for path in sorted(folder.iterdir()) if path.is_file()]
    return [[name, found.st_size, found.st_mtime_ns] for name, found in status]
