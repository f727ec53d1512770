"""A model behind an OpenAI-compatible server: vLLM, Ollama, OpenAI and many others."""

import base64
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from evaluation.mllms.asking import Reply, Request
from evaluation.mllms.chat import ChatClient


class EndpointModel:
    """Sends each request as one chat completion: the images, then the text."""

    def __init__(self, client: ChatClient, model: str) -> None:
        """Asks ``model`` through ``client``; the same name at another address is the same model."""
        self.name = model
        self.identity: Mapping[str, JsonValue] = {"model": model}
        self._client = client

    def ask(self, request: Request) -> Reply:
        """The model's answer; see ``ChatClient.complete`` for what may go wrong."""
        shown = [
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded}"}}
            for encoded in (base64.b64encode(data).decode() for data in request.read_images())
        ]
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [
                {"role": "user", "content": [*shown, {"type": "text", "text": request.prompt}]}
            ],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            **request.body,
        }
        return self._client.complete({name: v for name, v in body.items() if v is not None})

    def stop(self) -> None:
        """Send nothing more."""
        self._client.stop()
