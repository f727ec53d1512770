"""Patterns as a language model finds them: proposed batch after batch, then assigned."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from embeddings.progress import Progress
from evaluation.discovery.answers import (
    Assignment,
    MalformedAnswerError,
    Proposal,
    read_assignments,
    read_proposals,
)
from evaluation.discovery.discovered import AskedQuestion, Discovery, Member, discovery
from evaluation.discovery.prompts import Prompts, filled
from evaluation.errors import EvaluationError
from evaluation.mllms.remembering import Completes

T = TypeVar("T")
_TRIES: Final = 3
_SHOWN: Final = 160


class DiscoveryFailed(EvaluationError):
    """The model does not answer in the form that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Discovering:
    """How the model is asked: its name, so many questions at a time, so many patterns at most."""

    model: str
    prompts: Prompts
    batch: int = 50
    most: int = 12
    max_tokens: int = 8192


def discover_by_model(
    asked: Sequence[AskedQuestion],
    client: Completes,
    how: Discovering,
    *,
    benchmark: str,
    progress: Progress | None = None,
) -> Discovery:
    """Two requests a batch: what patterns there are, each batch going on from those before it; then
    which question has which of the final ones.

    Raises:
        DiscoveryFailed: an answer cannot be read, also after two requests to put it right.
        AnswerFailed, RunStopped: as the client has it.
    """
    batches = [list(asked[start : start + how.batch]) for start in range(0, len(asked), how.batch)]
    step = _steps(2 * len(batches), progress)
    known: list[Proposal] = []
    for batch in batches:
        text = filled(
            how.prompts.propose, questions=_lines(batch), patterns=_patterns(known), most=how.most
        )
        known = _answer(client, how, text, lambda said: read_proposals(said, how.most))
        next(step)
    found: list[Assignment] = []
    for batch in batches:
        text = filled(how.prompts.assign, questions=_lines(batch), patterns=_patterns(known))
        found += _assigned(client, how, text, known, batch)
        next(step)
    return discovery(
        asked,
        [
            (
                one.name,
                one.definition,
                [
                    Member(pair_id=given.pair_id, confidence=given.confidence)
                    for given in found
                    if given.pattern == one.name
                ],
            )
            for one in known
        ],
        benchmark=benchmark,
        found_by=how.model,
        notes={"batch": how.batch, "requests": 2 * len(batches)},
    )


def _assigned(
    client: Completes,
    how: Discovering,
    text: str,
    known: Sequence[Proposal],
    batch: Sequence[AskedQuestion],
) -> list[Assignment]:
    names, pair_ids = [one.name for one in known], [one.pair_id for one in batch]
    return _answer(client, how, text, lambda said: read_assignments(said, names, pair_ids))


def _answer(client: Completes, how: Discovering, text: str, read: Callable[[str], T]) -> T:
    """What the model says to a prompt; it is told what is wrong and may try again."""
    messages = [{"role": "user", "content": text}]
    reason = said = ""
    for _ in range(_TRIES):
        reply = client.complete(
            {
                "model": how.model,
                "messages": messages,
                "temperature": 0,
                "max_tokens": how.max_tokens,
            }
        )
        said = reply.text
        if reply.finish_reason == "length":
            raise DiscoveryFailed(
                "the model's answer was cut off.",
                where=how.model,
                hint="Ask fewer questions at a time with a smaller --batch.",
            )
        try:
            return read(said)
        except MalformedAnswerError as error:
            reason = str(error)
        messages += [
            {"role": "assistant", "content": said},
            {"role": "user", "content": filled(how.prompts.repair, reason=f"{reason}.")},
        ]
    raise DiscoveryFailed(
        f"the model's answer cannot be read: {reason}. It begins with {said[:_SHOWN]!r}.",
        where=how.model,
        hint="Try another model, or a smaller --batch.",
    )


def _lines(batch: Sequence[AskedQuestion]) -> str:
    return "\n".join(one.line for one in batch)


def _patterns(known: Sequence[Proposal]) -> str:
    return "\n".join(f"- {one.name}: {one.definition}" for one in known) or "(none yet)"


def _steps(total: int, progress: Progress | None) -> Iterator[None]:
    for done in range(1, total + 1):
        if progress is not None:
            progress(done, total)
        yield
