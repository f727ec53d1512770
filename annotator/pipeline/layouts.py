"""The map step: two-dimensional layouts of the images in both encoders' spaces, in versions."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import open_store
from annotator.studio import Studio
from db.images import list_images
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.layouts import (
    UNNUMBERED,
    Layout,
    LayoutKind,
    LayoutVersion,
    delete_layout,
    digest_of_keys,
    list_versions,
    load_layout,
    load_unnumbered,
    save_layout,
)
from embeddings.projection import (
    LayoutError,
    LayoutOptions,
    aligned_layouts,
    turned_layouts,
)
from embeddings.umap_steps import StepProgress


@dataclass(frozen=True)
class MapOptions:
    """Which maps to make; `name` is for people and changes nothing."""

    kind: LayoutKind = LayoutKind.aligned
    layout: LayoutOptions = field(default_factory=LayoutOptions)
    name: str = ""


@dataclass(frozen=True)
class MapReport:
    """A version of the two maps; `already` says that it was stored before.

    `layout` is its number, `blind_encoder` and `reference_encoder` are specs.
    """

    layout: int
    kind: LayoutKind
    name: str
    parameters: dict[str, Any]
    blind_encoder: str
    reference_encoder: str
    n_images: int
    already: bool


def map(
    studio: Studio,
    roles: EncoderRoles,
    options: MapOptions | None = None,
    *,
    progress: StepProgress | None = None,
) -> MapReport:
    """Lays out the images that both encoders embedded; the same maps are not made twice.

    Raises:
        AppError: nothing is embedded yet with one of the encoders, or no image with both.
    """
    options = options or MapOptions()
    stores = {role: open_store(studio, role, spec) for role, spec in roles}
    keys = [
        image.sha256
        for image in list_images(studio.database)
        if all(image.sha256 in store for store in stores.values())
    ]
    if not keys:
        raise AppError(
            "no image is embedded with both encoders yet.",
            where=f"{roles.blind} and {roles.reference}",
            hint="Run `mmvp embed` first.",
        )
    wanted = LayoutVersion(
        number=UNNUMBERED,
        kind=options.kind,
        name=options.name,
        parameters=asdict(options.layout),
        weights={role: store.manifest.weights_digest for role, store in stores.items()},
        created_at="",
        n_images=len(keys),
        keys_digest=digest_of_keys(keys),
    )
    folder = layouts_folder(studio, roles)
    for version in list_versions(folder):
        if _same(version, wanted) and _is_whole(folder, version):
            return _report(roles, version, already=True)
    lay_out = aligned_layouts if options.kind is LayoutKind.aligned else turned_layouts
    blind, reference = lay_out(
        stores["blind"].load(keys),
        stores["reference"].load(keys),
        options.layout,
        progress=progress,
    )
    stored = save_layout(folder, keys, blind, reference, wanted)
    return _report(roles, stored, already=False)


def layouts_folder(studio: Studio, roles: EncoderRoles) -> Path:
    """Where the versions of these two encoders' maps are."""
    return studio.workspace.layout_versions(*_slugs(roles))


def layout_versions(studio: Studio, roles: EncoderRoles) -> list[LayoutVersion]:
    """The stored maps of these two encoders, newest first; one of version 0.1 comes last."""
    versions = list_versions(layouts_folder(studio, roles))
    old = _single_files(studio, roles)
    if all(path.is_file() for path in old):
        try:
            versions.append(load_unnumbered(*old).version)
        except EmbeddingsError:
            return versions
    return versions


def read_layout(studio: Studio, roles: EncoderRoles, number: int) -> Layout:
    """One stored version with its points.

    Raises:
        LayoutError: there is no such version, or it is damaged.
    """
    if number == UNNUMBERED:
        return load_unnumbered(*_single_files(studio, roles))
    return load_layout(layouts_folder(studio, roles), number)


def delete_version(studio: Studio, roles: EncoderRoles, layout: str) -> None:
    """Deletes one stored version; that of version 0.1 is two files that other pairs share.

    Raises:
        LayoutError: there is no such version, or it is one of version 0.1.
    """
    folder = layouts_folder(studio, roles)
    if not layout.isdecimal() or int(layout) == UNNUMBERED:
        raise LayoutError("This layout cannot be deleted here.", where=f"layout {layout}")
    delete_layout(folder, int(layout))


def _single_files(studio: Studio, roles: EncoderRoles) -> tuple[Path, Path]:
    blind, reference = (studio.workspace.single_layout(slug) for slug in _slugs(roles))
    return blind, reference


def _slugs(roles: EncoderRoles) -> tuple[str, str]:
    return EncoderSpec.parse(roles.blind).slug, EncoderSpec.parse(roles.reference).slug


def _same(version: LayoutVersion, wanted: LayoutVersion) -> bool:
    """Whether the same images with the same weights were laid out in the same way."""
    compared = ("kind", "parameters", "weights", "keys_digest")
    return all(getattr(version, name) == getattr(wanted, name) for name in compared) and (
        wanted.name in ("", version.name)
    )


def _is_whole(folder: Path, version: LayoutVersion) -> bool:
    try:
        load_layout(folder, version.number)
    except EmbeddingsError:
        return False
    return True


def _report(roles: EncoderRoles, version: LayoutVersion, *, already: bool) -> MapReport:
    return MapReport(
        layout=version.number,
        kind=version.kind,
        name=version.name,
        parameters=version.parameters,
        blind_encoder=roles.blind,
        reference_encoder=roles.reference,
        n_images=version.n_images,
        already=already,
    )
