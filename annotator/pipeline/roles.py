"""Which two encoders play blind and reference in a workspace; the workspace remembers."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.files import write_json
from annotator.studio import Studio
from embeddings.encoder import PAPER_BLIND, PAPER_REFERENCE

ROLES = ("blind", "reference")


@dataclass(frozen=True)
class EncoderRoles:
    """Spec of the encoder in each role."""

    blind: str
    reference: str

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """(role, spec) of the blind and then of the reference encoder."""
        yield "blind", self.blind
        yield "reference", self.reference


def encoder_roles(
    studio: Studio, *, blind: str | None = None, reference: str | None = None
) -> EncoderRoles:
    """The encoders to use: as given, else as remembered, else as set, else the paper's two.

    Raises:
        AppError: the workspace's own note of them cannot be read, or both roles got one encoder.
    """
    remembered, settings = _remembered(studio), studio.settings
    roles = EncoderRoles(
        blind=blind or remembered.get("blind") or settings.blind_encoder or PAPER_BLIND,
        reference=reference
        or remembered.get("reference")
        or settings.reference_encoder
        or PAPER_REFERENCE,
    )
    if roles.blind == roles.reference:
        raise AppError(
            f"one encoder, {roles.blind}, cannot be both blind and reference.",
            hint="Give two different ones with --blind and --reference.",
        )
    return roles


def remember_roles(studio: Studio, roles: EncoderRoles) -> None:
    """Keeps the encoders for later commands on this workspace."""
    path = _path(studio)
    if _remembered(studio) != asdict(roles):
        write_json(path, asdict(roles))


def _path(studio: Studio) -> Path:
    return studio.workspace.root / "encoders.json"


def _remembered(studio: Studio) -> dict[str, str]:
    path = _path(studio)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {role: str(found[role]) for role in ROLES}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise AppError(
            "this file does not name the two encoders.",
            where=str(path),
            hint="Delete it and give --blind and --reference again.",
        ) from error
