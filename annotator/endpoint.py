"""One question to an OpenAI-compatible server about two pictures, answered as checked JSON."""

import asyncio
import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field, ValidationError

from annotator.errors import AppError
from annotator.settings import Settings
from evaluation.patterns import PatternSet

_MOST_BYTES: Final = 1_000_000
_FENCED: Final = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_TASK: Final = """You help to write a benchmark for vision models. You see two pictures that some
models take for the same. Find one plain visual difference between them and write one short
question, of the same words for both pictures, that a person can answer from either picture alone,
with two short options of which one is right for each picture. Do not say "first picture" or
"second picture", do not use parentheses, and do not give the answer away. Choose the visual
pattern the question is about:
"""
_FORM: Final = 'Answer with JSON only: {"question": …, "option_a": …, "option_b": …, "pattern": …}'

Line = Annotated[str, Field(min_length=1, max_length=300)]


class EndpointFailed(AppError):
    """The server that makes suggestions gave none; the text says why and what to do."""


class SuggestedQuestion(BaseModel):
    """What the model has to answer with; everything else in its answer is ignored."""

    question: Line
    option_a: Line
    option_b: Line
    pattern: str = ""

    def fields(self, patterns: PatternSet) -> dict[str, str]:
        """The write form's fields, each one line; a pattern that the set does not have is left out.

        Raises:
            EndpointFailed: it makes no question.
        """
        found = {
            "text": _one_line(self.question),
            "option_a": _one_line(self.option_a),
            "option_b": _one_line(self.option_b),
        }
        if not all(found.values()) or found["option_a"].casefold() == found["option_b"].casefold():
            raise EndpointFailed("The model answered with no two different options.", hint=_AGAIN)
        return found | ({"pattern": self.pattern} if self.pattern in patterns else {})


_AGAIN: Final = "Ask again, or write it yourself."


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def endpoint_address(settings: Settings) -> str:
    """The server's address as people may see it: without a user name, password or query."""
    if settings.llm_base_url is None:
        return ""
    parts = urlsplit(str(settings.llm_base_url))
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}".rstrip("/")


async def ask_endpoint(
    settings: Settings, pictures: Sequence[bytes], patterns: PatternSet
) -> SuggestedQuestion:
    """Sends the JPEG pictures and the patterns' names; nothing else leaves the machine.

    Raises:
        EndpointFailed: no answer in time, a refusal, or an answer that is no question.
    """
    body: dict[str, Any] = {
        "model": settings.llm_model,
        "messages": _messages(pictures, patterns),
        "max_tokens": 400,
        "response_format": _schema(patterns),
    }
    try:
        async with asyncio.timeout(settings.llm_seconds):
            answer = await _post(settings, body)
            if answer.status_code in (400, 422):
                # Not every server knows JSON schemas; the instructions ask for JSON as well.
                del body["response_format"]
                answer = await _post(settings, body)
    except TimeoutError as error:
        raise EndpointFailed(
            f"The model did not answer within {settings.llm_seconds:g} seconds.",
            where=endpoint_address(settings),
            hint="Try again, or write it yourself.",
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EndpointFailed(
            f"The model's server cannot be reached ({type(error).__name__}).",
            where=endpoint_address(settings),
            hint="An admin can check MMVP_LLM_BASE_URL and whether it runs.",
        ) from error
    _check_status(answer, settings)
    return _read(answer)


async def _post(settings: Settings, body: Mapping[str, Any]) -> httpx.Response:
    key = settings.llm_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    url = str(settings.llm_base_url).rstrip("/") + "/chat/completions"
    # Redirects are not followed: they would carry the pictures to somewhere nobody agreed to.
    async with httpx.AsyncClient(follow_redirects=False, timeout=settings.llm_seconds) as client:
        return await client.post(url, json=body, headers=headers)


def _messages(pictures: Sequence[bytes], patterns: PatternSet) -> list[dict[str, Any]]:
    listed = "\n".join(f"- {one.slug}: {one.name}. {one.definition}" for one in patterns)
    shown = [
        {
            "type": "image_url",
            "image_url": {"url": "data:image/jpeg;base64," + base64.b64encode(picture).decode()},
        }
        for picture in pictures
    ]
    return [
        {"role": "system", "content": f"{_TASK}{listed}\n{_FORM}"},
        {"role": "user", "content": [{"type": "text", "text": "The two pictures:"}, *shown]},
    ]


def _schema(patterns: PatternSet) -> dict[str, Any]:
    line = {"type": "string"}
    properties = {
        "question": line,
        "option_a": line,
        "option_b": line,
        "pattern": {"type": "string", "enum": list(patterns.slugs)},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "question", "strict": True, "schema": schema},
    }


_REFUSALS: Final = {
    401: ("The model's server does not accept the key.", "An admin can check MMVP_LLM_API_KEY."),
    403: ("The model's server does not accept the key.", "An admin can check MMVP_LLM_API_KEY."),
    404: (
        "The model's server does not know this model or address.",
        "An admin can check MMVP_LLM_MODEL and MMVP_LLM_BASE_URL.",
    ),
    413: ("The pictures are too large for the model's server.", "Write it yourself."),
    429: ("The model's server has too much to do or its quota is used up.", "Try again later."),
}


def _check_status(answer: httpx.Response, settings: Settings) -> None:
    if answer.status_code == 200:
        return
    what, hint = _REFUSALS.get(
        answer.status_code,
        (f"The model's server refused (status {answer.status_code}).", "Try again later."),
    )
    raise EndpointFailed(what, where=endpoint_address(settings), hint=hint)


def _read(answer: httpx.Response) -> SuggestedQuestion:
    """The question in a chat completion, with or without a fence around it."""
    try:
        if len(answer.content) > _MOST_BYTES:
            raise ValueError("too long")
        content = json.loads(answer.content)["choices"][0]["message"]["content"]
        fenced = _FENCED.search(content)
        return SuggestedQuestion.model_validate_json(fenced[1] if fenced else content)
    except (ValueError, KeyError, IndexError, TypeError, ValidationError) as error:
        what = "The model's answer is not the JSON it was asked for."
        raise EndpointFailed(what, hint=_AGAIN) from error
