"""Runs kept in a workspace: the raw answers, the question that each was given to, and how."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from filelock import FileLock

from embeddings.atomic import write_bytes
from evaluation.errors import EvaluationError
from evaluation.items import Item, QuestionSet
from evaluation.mllms.asking import Answer, Answers
from evaluation.mllms.judging import Said, Verdict, Verdicts
from evaluation.question import Choice
from evaluation.scores import Side

_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
Place = tuple[int, str, int]
"""Pair, side and repeat."""


class BadRun(EvaluationError):
    """There is no such run, its name is none, or its file is damaged."""


class OtherRun(EvaluationError):
    """A run of that name is there, and it is another model's or was asked in another way."""


@dataclass(frozen=True)
class Wording:
    """A question as a model was asked it; ``gold`` was its key then."""

    text: str
    option_a: str
    option_b: str
    gold: Choice

    @classmethod
    def of(cls, item: Item) -> "Wording":
        """The item's words as they are now."""
        return cls(item.question, item.option_a, item.option_b, item.gold)

    def asks_the_same(self, item: Item) -> bool:
        """Whether the item has these words now; the key and the order of options may differ."""
        same = self.text == item.question
        return same and {self.option_a, self.option_b} == {item.option_a, item.option_b}

    def into(self, item: Item) -> Item:
        """The item with the words and the key of then, to read an answer by them."""
        return replace(
            item,
            question=self.text,
            option_a=self.option_a,
            option_b=self.option_b,
            gold=self.gold,
        )


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    """One answer: about which image of which pair, to which words, and what a judge said of it."""

    pair_id: int
    side: Side
    repeat: int
    answer: Answer
    asked: Wording
    verdict: Verdict | None = None

    @property
    def place(self) -> Place:
        """Pair, side and repeat."""
        return (self.pair_id, self.side, self.repeat)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a run was: the model, how it was asked, of which benchmark, and when.

    ``asking`` is empty for answers that were given elsewhere; ``label`` says in words how it
    differs from the plain way.
    """

    model: str
    label: str = ""
    asking: Mapping[str, Any] = field(default_factory=dict, hash=False)
    benchmark: str
    benchmark_sha256: str
    grader: str
    source: str
    """Where the answers are from: an endpoint's name, hf:…, or answers:FILE."""
    at: str
    """When it was last written, ISO 8601 with time zone."""


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run's name, its manifest and all its answers, those to older words first."""

    name: str
    manifest: Manifest
    answers: Sequence[StoredAnswer]


def run_name(text: str) -> str:
    """A file's name made of a model's and what was varied: letters, digits and . _ + - of it."""
    kept = re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")
    return kept[:100] or "run"


def run_path(folder: Path, name: str) -> Path:
    """The file of a run.

    Raises:
        BadRun: no file could have that name.
    """
    if not _NAME.fullmatch(name) or name.endswith(".grades"):
        raise BadRun(f"{name!r} is no name of a run.", hint="Use letters, digits and . _ + -.")
    return folder / f"{name}.jsonl"


def run_files(folder: Path) -> list[Path]:
    """The files of all runs in a folder, by name."""
    return sorted(path for path in folder.glob("*.jsonl") if not path.stem.endswith(".grades"))


def stored(
    questions: QuestionSet, answers: Answers, verdicts: Verdicts | None = None
) -> list[StoredAnswer]:
    """Answers with the words that they were given to, in the order of the benchmark."""
    repeats = sorted({repeat for _, _, repeat in answers})
    return [
        StoredAnswer(
            pair_id=item.pair_id,
            side=item.side,
            repeat=repeat,
            answer=answers[place],
            asked=Wording.of(item),
            verdict=(verdicts or {}).get(place),
        )
        for repeat in repeats
        for item in questions.items
        if (place := (item.pair_id, item.side, repeat)) in answers
    ]


def keep_run(
    folder: Path, name: str, manifest: Manifest, answers: Sequence[StoredAnswer]
) -> StoredRun:
    """Write a run whole or not at all; answers to older words that it held stay in it.

    Raises:
        OtherRun: a run of that name is another model's or was asked otherwise.
        BadRun: the name is none, or the file that is there is damaged.
    """
    path = run_path(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{name}.lock"):
        refuse_other_run(path, manifest.model, manifest.label, dict(manifest.asking))
        before = load_run(path) if path.exists() else None
        kept = {(one.place, one.asked): one for one in (before.answers if before else ())}
        for one in answers:
            old = kept.pop((one.place, one.asked), None)
            same = old is not None and old.answer == one.answer and one.verdict is None
            kept[one.place, one.asked] = replace(one, verdict=old.verdict) if same and old else one
        run = StoredRun(name=name, manifest=manifest, answers=tuple(kept.values()))
        lines = [{"mmvp_run": _VERSION, **asdict(manifest)}, *map(_to_json, run.answers)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_bytes(path, text.encode("utf-8", "backslashreplace"))
    return run


def load_run(path: Path) -> StoredRun:
    """A run from its file.

    Raises:
        BadRun: there is none, or a line of it is damaged.
    """
    number = 1
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline())
            if first.pop("mmvp_run") != _VERSION:
                raise BadRun("it is of a newer version of MMVP Studio.", where=str(path))
            manifest = Manifest(**first)
            answers = []
            for number, line in enumerate(file, 2):  # noqa: B007 - the error names it
                answers.append(_from_json(json.loads(line)))
    except FileNotFoundError as error:
        raise BadRun("there is no such run.", where=path.stem) from error
    except OSError as error:
        raise BadRun(f"{error.strerror or 'it cannot be read'}.", where=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRun(
            f"line {number} is damaged.", where=str(path), hint="Move it away, and run again."
        ) from error
    return StoredRun(name=path.stem, manifest=manifest, answers=tuple(answers))


def refuse_other_run(path: Path, model: str, label: str, asking: Mapping[str, Any]) -> None:
    """Make sure that a run can be written here: there is none, or it is this one.

    Raises:
        OtherRun: a run of that name is another model's or was asked otherwise.
        BadRun: the file that is there is damaged.
    """
    before = load_run(path).manifest if path.exists() else None
    if before and (before.model, before.label, dict(before.asking)) != (model, label, asking):
        was = ", ".join(part for part in (before.model, before.label) if part)
        raise OtherRun(
            f"this run is of {was}, asked in another way.",
            where=str(path),
            hint="Give this one another name with --run.",
        )


def _to_json(one: StoredAnswer) -> dict[str, Any]:
    line: dict[str, Any] = {
        "pair_id": one.pair_id,
        "image": one.side,
        "repeat": one.repeat,
        "response": one.answer.text,
        "finish_reason": one.answer.finish_reason,
        "options_swapped": one.answer.swapped,
        "letters": one.answer.letters,
        "asked": asdict(one.asked),
    }
    return line if one.verdict is None else {**line, "verdict": asdict(one.verdict)}


def _from_json(line: Mapping[str, Any]) -> StoredAnswer:
    side, verdict = line["image"], line.get("verdict")
    if side not in ("first", "second"):
        raise ValueError(side)
    return StoredAnswer(
        pair_id=int(line["pair_id"]),
        side=cast(Side, side),
        repeat=int(line["repeat"]),
        answer=Answer(
            text=str(line["response"]),
            swapped=bool(line["options_swapped"]),
            letters=str(line["letters"]),
            finish_reason=line["finish_reason"],
        ),
        asked=Wording(**line["asked"]),
        verdict=None if verdict is None else _verdict(**verdict),
    )


def _verdict(by: str, gold: Choice, said: Said) -> Verdict:
    return Verdict(by=by, gold=gold, said=said)
