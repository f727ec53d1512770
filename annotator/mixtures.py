"""What Explore shows of mixtures: how many pairs are resolved by share, and one pair's cosines."""

import shlex
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from annotator.errors import AppError
from annotator.payloads import Payload, Problem, pack
from annotator.pipeline.mixtures import (
    CRITERIA,
    GRID,
    MixedPairs,
    Resolving,
    limits_of,
    mixed_pairs,
    n_above_of,
)
from annotator.pipeline.roles import EncoderRoles
from annotator.review import encoder_label
from annotator.spaces import Spaces, VectorShelf, embedded_encoders
from annotator.studio import Studio
from db.lifecycle import PairState
from db.pairs import pair_links
from db.views import PairLink
from embeddings.encoder import EncoderSpec
from embeddings.mixing import Mixing, PairTerms, mixed_cosines
from embeddings.resolved import resolved_by_share

# As many tethers as the maps draw of pairs that nobody dealt with.
MOST_OPEN_PAIRS = 20_000
_PAIRS_KEPT = 2
_CURVES_KEPT = 8


@dataclass(frozen=True)
class _Held:
    spaces: Spaces
    pair_ids: tuple[int, ...]
    pairs: MixedPairs


class Mixtures:
    """Works mixtures out when they are asked for, and again when vectors or pairs changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._held: OrderedDict[EncoderRoles, _Held] = OrderedDict()
        self._curves: OrderedDict[tuple[EncoderRoles, float | None], tuple[_Held, Payload]] = (
            OrderedDict()
        )

    def resolved(self, roles: EncoderRoles, blind_min: float | None) -> Payload | Problem:
        """The curves of both mixings and criteria, and for each pair where it is resolved.

        ``header["curves"][mixing][criterion]`` has limit and count at each of ``shares``. The
        array ``<mixing>:<criterion>`` has for each of ``pair_ids`` one bit a share, the first in
        the highest bit of the first byte.

        Args:
            blind_min: the threshold to go by; None for the mining run's.
        """
        with self._lock:
            held = self._get(roles)
            if isinstance(held, Problem):
                return held
            key = (roles, blind_min)
            kept = self._curves.pop(key, None)
            if kept is None or kept[0] is not held:
                kept = (held, self._pack(held.pairs, Resolving(blind_min)))
            self._curves[key] = kept
            while len(self._curves) > _CURVES_KEPT:
                self._curves.popitem(last=False)
            return kept[1]

    def pair(self, roles: EncoderRoles, pair_id: int) -> dict[str, Any] | Problem | None:
        """One pair's mixed cosine at each share of the grid, by mixing; None if it is not there."""
        with self._lock:
            held = self._get(roles)
        if isinstance(held, Problem):
            return held
        found = [k for k, link in enumerate(held.pairs.links) if link.id == pair_id]
        if not found:
            return None
        terms = _only(held.pairs.terms, found[0])
        return {
            "pair_id": pair_id,
            "blind_cosine": float(terms.blind_cosine[0]),
            "reference_cosine": float(terms.reference_cosine[0]),
            "mixed": {
                mixing.value: [float(mixed_cosines(terms, at, mixing)[0]) for at in GRID]
                for mixing in Mixing
            },
        }

    def _get(self, roles: EncoderRoles) -> _Held | Problem:
        missing = self._not_embedded(roles)
        if missing is not None:
            return missing
        try:
            spaces = self._studio.shared(VectorShelf).get(roles)
        except AppError as error:
            return self._problem(f"{error.what[:1].upper()}{error.what[1:]}", "embed", roles)
        links = pair_links(self._studio.database, (roles.blind, roles.reference))
        ids = tuple(link.id for link in links)
        held = self._held.pop(roles, None)
        if held is None or held.spaces is not spaces or held.pair_ids != ids:
            try:
                vectors = spaces.image_ids.tolist(), spaces.blind, spaces.reference
                made = mixed_pairs(self._studio, roles, *vectors, links=links)
            except AppError:
                what = "These two encoders have no candidate pairs yet."
                return self._problem(what, "mine", roles)
            held = _Held(spaces, ids, made)
        self._held[roles] = held
        while len(self._held) > _PAIRS_KEPT:
            self._held.popitem(last=False)
        return held

    def _not_embedded(self, roles: EncoderRoles) -> Problem | None:
        known = {each.spec for each in embedded_encoders(self._studio)}
        missing = [(role, spec) for role, spec in roles if spec not in known]
        if not missing:
            return None
        role, spec = missing[0]
        what = f"The {role} encoder, {encoder_label(spec)}, has not seen the images yet."
        return self._problem(what, "embed", roles)

    def _problem(self, what: str, step: str, roles: EncoderRoles) -> Problem:
        workspace = shlex.quote(str(self._studio.workspace.root))
        chosen = " ".join(f"--{role} {shlex.quote(spec)}" for role, spec in roles)
        return Problem(
            what,
            "A mixture needs both encoders' vectors of all images, and pairs that they were mined "
            "for.",
            f"mmvp {step} --workspace {workspace} {chosen}",
        )

    def _pack(self, pairs: MixedPairs, how: Resolving) -> Payload:
        shown = _shown(pairs.links)
        ids = np.array([pairs.links[k].id for k in shown], dtype="<u4")
        arrays: dict[str, Any] = {"pair_ids": ids}
        curves: dict[str, dict[str, Any]] = {}
        for mixing in Mixing:
            curves[mixing.value] = {}
            for criterion in CRITERIA:
                limits = limits_of(pairs, mixing, criterion, GRID, how)
                counts, bits = [], np.zeros((len(shown), len(GRID)), dtype=bool)
                every = resolved_by_share(pairs.terms, mixing, GRID, limits)
                for place, resolved in enumerate(every):
                    counts.append(int(resolved.sum()))
                    bits[:, place] = resolved[shown]
                curves[mixing.value][criterion] = {
                    "limits": [_finite(limit) for limit in limits.by_share],
                    "n_resolved": counts,
                }
                arrays[f"{mixing.value}:{criterion}"] = np.packbits(bits, axis=1)
        return pack(arrays, _about(pairs, how) | {"curves": curves})


def _about(pairs: MixedPairs, how: Resolving) -> dict[str, Any]:
    threshold = pairs.blind_min if how.blind_min is None else how.blind_min
    return {
        "shares": list(GRID),
        "n_pairs": len(pairs.links),
        "n_left_out": pairs.n_left_out,
        "run_blind_min": pairs.blind_min,
        "blind_min": threshold,
        "n_above": n_above_of(pairs, how),
        "n_over": int((pairs.background.terms.blind_cosine > threshold).sum()),
        "n_background": len(pairs.background.terms),
        "n_any_pairs": pairs.background.n_pairs,
        "spaces": {
            role: {"slug": EncoderSpec.parse(spec).slug, "name": encoder_label(spec)}
            for role, spec in pairs.roles
        },
    }


def _shown(links: Sequence[PairLink]) -> list[int]:
    """Positions of the pairs that somebody dealt with, and of the widest of the others."""
    by_gap = sorted(range(len(links)), key=lambda k: (-links[k].gap, links[k].id))
    open_pairs = [k for k in by_gap if links[k].state is PairState.unreviewed]
    kept = set(open_pairs[:MOST_OPEN_PAIRS])
    return [k for k in by_gap if links[k].state is not PairState.unreviewed or k in kept]


def _only(terms: PairTerms, place: int) -> PairTerms:
    one = slice(place, place + 1)
    return PairTerms(
        terms.blind_cosine[one],
        terms.reference_cosine[one],
        terms.across[one],
        terms.own_first[one],
        terms.own_second[one],
    )


def _finite(limit: float) -> float | None:
    return float(limit) if np.isfinite(limit) else None
