"""A language model as the judge of answers, as in the paper: is this one correct, yes or no.

Source: section 2.2 of the paper and MMVP's scripts/gpt_grader.py, which tells GPT-4 the question,
the key and the answer. The words are ours, and "Yes." is a yes here.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from embeddings.progress import Progress
from evaluation.items import Item, QuestionSet
from evaluation.mllms.asking import (
    Answer,
    Answers,
    Model,
    Request,
    gold_shown,
    options_shown,
)
from evaluation.mllms.log import open_log
from evaluation.mllms.run import RunReport, ask_all
from evaluation.question import Choice

Said = Literal["yes", "no", ""]
_SAID = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_MAX_TOKENS = 256
_OTHER: Mapping[Choice, Choice] = {"a": "b", "b": "a"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the judge said of an answer, told that ``gold`` is right; empty: neither yes nor no."""

    by: str
    gold: Choice
    said: Said

    @property
    def chosen(self) -> Choice | None:
        """The option that the answer counts as: a "no" is the other one, since there are two."""
        if not self.said:
            return None
        return self.gold if self.said == "yes" else _OTHER[self.gold]


Verdicts = dict[tuple[int, str, int], Verdict]
"""By pair, side and repeat."""


def judge(
    questions: QuestionSet,
    answers: Answers,
    model: Model,
    out: Path,
    *,
    concurrency: int = 4,
    progress: Progress | None = None,
) -> tuple[Verdicts, RunReport]:
    """Have each answer judged that ``out`` has no verdict of yet; an empty answer costs nothing.

    Raises:
        LogInUse: another process is writing into ``out``.
    """
    items: dict[tuple[int, str], Item] = {
        (item.pair_id, item.side): item for item in questions.items
    }
    asked = {
        place: (items[place[:2]], _request(items[place[:2]], answer, model))
        for place, answer in answers.items()
        if place[:2] in items and answer.text.strip()
    }
    with open_log(out) as log:
        requests = [request for _, request in asked.values()]
        report = ask_all(requests, model, log, concurrency=concurrency, progress=progress)
        replies = {place: log.get(request.key) for place, (_, request) in asked.items()}
    verdicts: Verdicts = {}
    for place, answer in answers.items():
        item, reply = items.get(place[:2]), replies.get(place)
        if item is not None and (reply is not None or not answer.text.strip()):
            said = _said(reply.text) if reply is not None else ""
            verdicts[place] = Verdict(by=model.name, gold=item.gold, said=said)
    return verdicts, report


def _request(item: Item, answer: Answer, model: Model) -> Request:
    prompt = _prompt(item, answer)
    identity = {"judge": dict(model.identity), "prompt": prompt}
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    body: Mapping[str, JsonValue] = {}
    return Request(
        key=key,
        prompt=prompt,
        image_digests=(),
        temperature=0.0,
        max_tokens=_MAX_TOKENS,
        body=body,
        repeat=1,
        read_images=list,
    )


def _prompt(item: Item, answer: Answer) -> str:
    x, y = options_shown(item, swapped=answer.swapped)
    gold = gold_shown(item, swapped=answer.swapped)
    one, other = (letter.lower() for letter in answer.letters)
    right = f"({one}) {x}" if gold == "a" else f"({other}) {y}"
    return (
        "Somebody was asked a question about an image. Judge whether the answer they gave means "
        "the correct option, however it is worded.\n\n"
        f"Question: {item.question}\nOptions: ({one}) {x} ({other}) {y}\n"
        f"Correct option: {right}\nAnswer given: {answer.text.strip()}\n\n"
        "Is the answer given correct? Reply with yes or no and nothing else."
    )


def _said(text: str) -> Said:
    found = _SAID.match(text)
    if found is None:
        return ""
    return "yes" if found[1].lower() == "yes" else "no"
