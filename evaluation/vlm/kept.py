"""Encoders' cosines on a workspace's pairs, kept: one JSON file an encoder, scored when read."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.atomic import write_bytes
from evaluation.errors import EvaluationError
from evaluation.published import published_vlms
from evaluation.vlm.evaluation import VlmEvaluation, VlmResult
from evaluation.vlm.pairs import StatementPair, StatementSet
from evaluation.vlm.scores import score_cosines

_VERSION = 1


class DamagedScores(EvaluationError):
    """A file of an encoder's cosines cannot be read."""


@dataclass(frozen=True, kw_only=True)
class KeptEncoder:
    """One encoder's cosines, shape (n pairs, 2 texts, 2 images), and the pairs as it saw them."""

    result: VlmResult
    pairs: Sequence[StatementPair]
    n_written: int
    at: str

    def now(self, statements: StatementSet) -> tuple[VlmResult, int]:
        """The scores on the pairs whose texts are as they were, by the patterns of now.

        Returns:
            The result, and how many pairs of now the encoder has not seen, or in other words.
        """
        before = {(pair.pair_id, pair.texts): place for place, pair in enumerate(self.pairs)}
        same = [pair for pair in statements.pairs if (pair.pair_id, pair.texts) in before]
        cosines = self.result.cosines[[before[pair.pair_id, pair.texts] for pair in same]]
        scores = score_cosines(replace(statements, pairs=tuple(same)), cosines)
        found = replace(self.result, scores=scores, cosines=cosines)
        return found, len(statements.pairs) - len(same)


def keep(folder: Path, evaluation: VlmEvaluation, statements: StatementSet) -> None:
    """Write each encoder's file, in the place of an earlier one of the same encoder."""
    for result in evaluation.results:
        document = {
            "version": _VERSION,
            "spec": result.spec,
            "name": result.name,
            "image_size": result.image_size,
            "parameters_millions": result.parameters_millions,
            "weights_digest": result.weights_digest,
            "n_written": statements.n_written,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "pairs": [
                {
                    "pair": pair.pair_id,
                    "pattern": pair.pattern,
                    "texts": pair.texts,
                    "cosines": cosines.tolist(),
                }
                for pair, cosines in zip(statements.pairs, result.cosines, strict=True)
            ],
        }
        name = hashlib.sha256(f"{result.spec} {result.weights_digest}".encode()).hexdigest()[:16]
        text = json.dumps(document, indent=1, allow_nan=False)
        write_bytes(folder / f"{name}.json", f"{text}\n".encode())


def read_kept(path: Path) -> KeptEncoder:
    """One file that `keep` wrote.

    Raises:
        DamagedScores: it is none.
    """
    try:
        return _encoder(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedScores(
            "an encoder's scores cannot be read.",
            where=str(path),
            hint="Delete the file and run `mmvp eval vlm` again.",
        ) from error


def _encoder(document: dict[str, Any]) -> KeptEncoder:
    if document["version"] != _VERSION:
        raise ValueError("another version")
    pairs = [
        StatementPair(
            pair_id=int(one["pair"]),
            pattern=one["pattern"],
            texts=(str(one["texts"][0]), str(one["texts"][1])),
            images=("", ""),
        )
        for one in document["pairs"]
    ]
    cosines = np.array([one["cosines"] for one in document["pairs"]], dtype=np.float32)
    statements = StatementSet(name="", pairs=pairs, patterns={}, n_written=0, read_image=_no_image)
    spec = str(document["spec"])
    result = VlmResult(
        spec=spec,
        name=str(document["name"]),
        image_size=int(document["image_size"]),
        parameters_millions=float(document["parameters_millions"]),
        weights_digest=str(document["weights_digest"]),
        scores=score_cosines(statements, cosines.reshape(-1, 2, 2)),
        published=next((model for model in published_vlms() if model.spec == spec), None),
        cosines=cosines.reshape(-1, 2, 2),
    )
    return KeptEncoder(
        result=result, pairs=pairs, n_written=int(document["n_written"]), at=str(document["at"])
    )


def _no_image(_name: str) -> bytes:
    return b""
