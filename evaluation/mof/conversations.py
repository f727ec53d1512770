"""LLaVA's training data: conversations about images, as token ids with the answers marked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch.utils.data import Dataset

from embeddings.images import load_upright
from evaluation.mof.configuration import MofError
from evaluation.mof.processor import IMAGE_TOKEN, MofProcessor

IGNORED: Final = -100
_ROLES: Final = {"human": "user", "gpt": "assistant"}

Message = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """Messages as chat templates take them, and the image's file if there is one."""

    messages: list[Message]
    image: Path | None


def read_conversations(file: Path, images: Path) -> list[Conversation]:
    """LLaVA's JSON: a list of ``{"image": …, "conversations": [{"from": …, "value": …}, …]}``.

    Args:
        images: the folder that the names of the image files are relative to.

    Raises:
        MofError: the file is not such a list, or an image is not there.
    """
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MofError(f"this cannot be read as JSON: {error}.", where=str(file)) from error
    if not isinstance(listed, list) or not listed:
        raise MofError("this is not a list of conversations.", where=str(file))
    return [_conversation(entry, images, f"{file}, entry {n}") for n, entry in enumerate(listed)]


def _conversation(entry: object, images: Path, where: str) -> Conversation:
    turns = entry.get("conversations") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(turns, list):
        raise MofError("there are no conversations here.", where=where)
    image = entry.get("image")
    path = images / image if isinstance(image, str) else None
    if path is not None and not path.is_file():
        raise MofError(f"there is no image {image}.", where=where)
    messages = [_message(turn, where) for turn in turns]
    n_places = sum(part["type"] == "image" for m in messages for part in m["content"])
    if n_places != (path is not None):
        raise MofError(
            f"{n_places} places for {int(path is not None)} image.",
            where=where,
            hint=f"Write {IMAGE_TOKEN} once, in the question that the image belongs to.",
        )
    if not any(message["role"] == "assistant" for message in messages):
        raise MofError("nobody answers in this conversation.", where=where)
    return Conversation(messages, path)


def _message(turn: object, where: str) -> Message:
    if isinstance(turn, dict) and turn.get("from") in _ROLES and isinstance(turn.get("value"), str):
        text: str = turn["value"]
        shown = [{"type": "image"}] * text.count(IMAGE_TOKEN)
        said = {"type": "text", "text": text.replace(IMAGE_TOKEN, "").strip()}
        return {"role": _ROLES[turn["from"]], "content": [*shown, said]}
    raise MofError('a turn has "from": "human" or "gpt", and a "value".', where=where)


def encode(
    processor: MofProcessor, messages: Sequence[Message], max_length: int
) -> tuple[list[int], list[int]]:
    """Token ids and labels, which are -100 outside the answers; an answer's end token counts.

    Each answer is cut into tokens by itself, as ``generate`` will have to say it.

    Raises:
        MofError: the image does not fit into ``max_length``, or the chat template rewrites what
            went before, so that answers cannot be told from it.
    """
    ids: list[int] = []
    labels: list[int] = []
    done = ""
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        asked = _rendered(processor, messages[:number], prompt=True)
        whole = _rendered(processor, messages[: number + 1], prompt=False)
        if not (asked.startswith(done) and whole.startswith(asked)):
            raise MofError("with this chat template answers cannot be told from what goes before.")
        question = _tokens(processor, asked[len(done) :])
        answer = _tokens(processor, whole[len(asked) :])
        ids += question + answer
        labels += [IGNORED] * len(question) + answer
        done = whole
    if processor.image_token_id in ids[max_length:]:
        raise MofError(f"an image does not fit into {max_length} tokens.", hint="Raise max_length.")
    return ids[:max_length], labels[:max_length]


def _rendered(processor: MofProcessor, messages: Sequence[Message], *, prompt: bool) -> str:
    return str(processor.apply_chat_template(list(messages), add_generation_prompt=prompt))


def _tokens(processor: MofProcessor, text: str) -> list[int]:
    found = processor.tokenizer(processor.with_places(text), add_special_tokens=False)
    return list(found["input_ids"])


class Conversations(Dataset[dict[str, torch.Tensor]]):
    """Conversations as a torch data set; images are decoded when they are asked for."""

    def __init__(
        self, conversations: Sequence[Conversation], processor: MofProcessor, max_length: int
    ) -> None:
        self._conversations, self._processor = conversations, processor
        self._max_length = max_length

    def __len__(self) -> int:
        return len(self._conversations)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """``input_ids``, ``labels`` and, with an image, ``pixel_values``."""
        one = self._conversations[index]
        ids, labels = encode(self._processor, one.messages, self._max_length)
        item = {"input_ids": torch.tensor(ids), "labels": torch.tensor(labels)}
        if one.image is not None:
            picture = load_upright(one.image)
            item["pixel_values"] = self._processor.image_processor(picture)["pixel_values"][0]
        return item


class Collator:
    """Pads conversations to the longest one of a batch, on the right."""

    def __init__(self, pad_token_id: int, n_values: int) -> None:
        """``n_values``: length of an image's ``pixel_values``."""
        self._pad, self._n_values = pad_token_id, n_values

    def __call__(self, items: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """A batch as the model takes it; ``pixel_values`` has no row where no one has an image."""
        ids = _padded([item["input_ids"] for item in items], self._pad)
        there = _padded([torch.ones_like(item["input_ids"]) for item in items], 0)
        labels = _padded([item["labels"] for item in items], IGNORED)
        seen = [item["pixel_values"] for item in items if "pixel_values" in item]
        pixels = torch.stack(seen) if seen else torch.zeros((0, self._n_values))
        return {
            "input_ids": ids,
            "attention_mask": there,
            "labels": labels,
            "pixel_values": pixels,
        }


def _padded(rows: list[torch.Tensor], value: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
