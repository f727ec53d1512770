"""The demo's workspace: drawn scenes and the two small encoders that ship with the product."""

from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.files import write_json
from annotator.pipeline.mining import MiningOptions
from annotator.pipeline.roles import EncoderRoles
from annotator.studio import Studio
from db.workspace import Workspace
from embeddings.demo import PAIRS_PER_SCENE, blind_spec, reference_spec, write_scenes
from embeddings.progress import Progress

_MARK = "demo.json"


def check_is_demo(root: Path) -> None:
    """The demo may be built here: there is no workspace yet, or a demo's.

    Raises:
        AppError: somebody's own workspace is here.
    """
    workspace = Workspace(root)
    if workspace.exists() and not (workspace.root / _MARK).exists():
        raise AppError(
            "this workspace is not a demo; scenes will not be mixed into it.",
            where=str(root),
            hint="Name another folder with --workspace.",
        )


def draw(studio: Studio, *, count: int, seed: int, progress: Progress | None = None) -> Path:
    """Draws the scenes that are not there yet; returns their manifest."""
    root = studio.workspace.root
    write_json(root / _MARK, {"count": count, "seed": seed})
    return write_scenes(root / "images", count=count, seed=seed, progress=progress)


def roles() -> EncoderRoles:
    """The shipped encoders in their roles."""
    return EncoderRoles(blind=blind_spec(), reference=reference_spec())


def mining_options() -> MiningOptions:
    """The paper's thresholds; every scene is in one pair at most."""
    return MiningOptions(max_per_image=PAIRS_PER_SCENE)
