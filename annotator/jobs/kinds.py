"""The kinds of jobs: what may be asked for, and the command that does it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from annotator.pipeline import MiningOptions
from annotator.pipeline.roles import EncoderRoles
from annotator.review import encoder_label
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from annotator.suggesting import allowed_model
from embeddings.layouts import LayoutKind
from embeddings.mining import Thresholds
from embeddings.projection import MIN_DIST, N_NEIGHBORS, SEED

Slug = Annotated[str | None, Field(max_length=200)]
Cosine = Annotated[float, Field(ge=-1, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfTwoEncoders(_Options):
    """Slugs of two encoders; None for the one of the current mining run."""

    blind: Slug = None
    reference: Slug = None

    def roles(self, studio: Studio) -> EncoderRoles:
        return chosen_roles(studio, self.blind, self.reference)


class MapOptions(_OfTwoEncoders):
    """Of `mmvp map`."""

    kind: LayoutKind = LayoutKind.aligned
    n_neighbors: int = Field(default=N_NEIGHBORS, ge=2, le=500)
    min_dist: float = Field(default=MIN_DIST, ge=0, le=1)
    seed: int = Field(default=SEED, ge=0, lt=2**32)
    name: str = Field(default="", max_length=80)


class MineOptions(_OfTwoEncoders):
    """Of `mmvp mine`; `max_per_image` 0 is no cap."""

    blind_min: Cosine = Thresholds.blind_min
    reference_max: Cosine = Thresholds.reference_max
    limit: int | None = Field(default=None, ge=1)
    max_per_image: int = Field(default=MiningOptions.max_per_image or 0, ge=0)
    keep_near_duplicates: bool = False
    one_per_group: bool = True


class CompareOptions(_OfTwoEncoders):
    """Of `mmvp compare`."""


class MatrixOptions(_Options):
    """Of `mmvp compare --matrix`."""

    blind_min: Cosine = Thresholds.blind_min
    reference_max: Cosine = Thresholds.reference_max


class PatternsOptions(_Options):
    """Of `mmvp patterns discover`; `n_patterns` is for words only, None: what separates best."""

    by: Literal["words", "model"] = "words"
    n_patterns: int | None = Field(default=None, ge=2, le=60)


class MapWish(BaseModel):
    """Lay both spaces out."""

    kind: Literal["map"]
    options: MapOptions = MapOptions()

    def planned(self, studio: Studio) -> tuple[str, list[str]]:
        """The job's title and the command without the workspace, here and below."""
        given, roles = self.options, self.options.roles(studio)
        command = ["map", f"--kind={given.kind.value}", f"--neighbors={given.n_neighbors}"]
        command += [f"--min-dist={given.min_dist!r}", f"--seed={given.seed}"]
        named = [f"--name={given.name}"] if given.name else []
        return f"Maps of {_names(roles)}", [*command, *named, *_encoders(roles)]


class MineWish(BaseModel):
    """Find the pairs of the review queue."""

    kind: Literal["mine"]
    options: MineOptions = MineOptions()

    def planned(self, studio: Studio) -> tuple[str, list[str]]:
        given, roles = self.options, self.options.roles(studio)
        command = ["mine", f"--max-per-image={given.max_per_image}"]
        command += [f"--limit={given.limit}"] if given.limit else []
        command += ["--keep-near-duplicates"] if given.keep_near_duplicates else []
        command += ["--one-per-group" if given.one_per_group else "--all-in-group"]
        return f"Pairs of {_names(roles)}", [*command, *_thresholds(given), *_encoders(roles)]


class CompareWish(BaseModel):
    """Compare the neighbourhoods of two spaces."""

    kind: Literal["compare"]
    options: CompareOptions = CompareOptions()

    def planned(self, studio: Studio) -> tuple[str, list[str]]:
        roles = self.options.roles(studio)
        return f"Comparison of {_names(roles)}", ["compare", *_encoders(roles)]


class MatrixWish(BaseModel):
    """Count the pairs of every two encoders."""

    kind: Literal["matrix"]
    options: MatrixOptions = MatrixOptions()

    def planned(self, _studio: Studio) -> tuple[str, list[str]]:
        command = ["compare", "--matrix", *_thresholds(self.options)]
        return "Pairs of every two encoders", command


class PatternsWish(BaseModel):
    """Find visual patterns in the questions of the finished pairs."""

    kind: Literal["patterns"]
    options: PatternsOptions = PatternsOptions()

    def planned(self, studio: Studio) -> tuple[str, list[str]]:
        command = ["patterns", "discover"]
        if self.options.by == "words":
            n = self.options.n_patterns
            return "Patterns by words", [*command, "--offline", *([f"--patterns={n}"] if n else [])]
        settings = allowed_model(studio)
        return f"Patterns by {settings.llm_model}", [
            *command,
            f"--model={settings.llm_model}",
            f"--base-url={settings.llm_base_url}",
        ]


AnyWish = MapWish | MineWish | CompareWish | MatrixWish | PatternsWish
Wish = Annotated[AnyWish, Field(discriminator="kind")]


def summary(kind: str, result: Mapping[str, Any]) -> str:
    """What came of a job, in one short sentence."""
    if kind == "map":
        already = ", which was there already" if result["already"] else ""
        return f"Layout {result['layout']} of {_plural(result['n_images'], 'image')}{already}."
    if kind == "mine":
        n_pairs = result["n_pairs"]
        return f"{_plural(n_pairs, 'pair')} found." if n_pairs else "No pair is that far apart."
    if kind == "compare":
        overlap = result["mean_overlap"]
        return "" if overlap is None else f"{overlap:.1%} of the neighbours are shared."
    if kind == "patterns":
        asked = _plural(result["n_questions"], "question")
        return f"{_plural(len(result['patterns']), 'pattern')} in {asked}."
    return f"{_plural(result['n_counted'], 'choice')} of encoders counted."


def _encoders(roles: EncoderRoles) -> list[str]:
    return [f"--{role}={spec}" for role, spec in roles]


def _thresholds(given: MineOptions | MatrixOptions) -> list[str]:
    return [f"--blind-min={given.blind_min!r}", f"--reference-max={given.reference_max!r}"]


def _names(roles: EncoderRoles) -> str:
    return f"{encoder_label(roles.blind)} and {encoder_label(roles.reference)}"


def _plural(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"
