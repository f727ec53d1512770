"""Which two encoders play blind and reference in a workspace; the workspace remembers."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.files import write_json
from annotator.studio import Studio
from embeddings.encoder import PAPER_BLIND, PAPER_REFERENCE, EncoderSpec

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
    given = {
        "blind": blind or remembered.get("blind") or settings.blind_encoder,
        "reference": reference or remembered.get("reference") or settings.reference_encoder,
    }
    roles = EncoderRoles(
        blind=_with_whole_path(given["blind"] or PAPER_BLIND),
        reference=_with_whole_path(given["reference"] or PAPER_REFERENCE),
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


def _with_whole_path(spec: str) -> str:
    """Names a local folder or weights file from the root, so that it is one encoder everywhere."""
    parsed = EncoderSpec.parse(spec)
    before, mark, path = "", "", parsed.name
    if parsed.scheme == "open_clip":  # local-dir:FOLDER or MODEL/FILE
        separator = ":" if parsed.name.startswith("local-dir:") else "/"
        before, mark, path = parsed.name.partition(separator)
    local = Path(path).expanduser()
    if not path or not local.exists():
        return str(parsed)
    return str(EncoderSpec(parsed.scheme, f"{before}{mark}{local.absolute()}"))


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
