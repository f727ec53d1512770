"""What a comparison of two spaces is asked to measure, and its error."""

from dataclasses import dataclass

from embeddings.errors import EmbeddingsError


class ComparisonError(EmbeddingsError):
    """An option of the comparison makes no sense, or a stored comparison cannot be read."""


@dataclass(frozen=True)
class ComparisonOptions:
    """What is measured; two comparisons with the same options and vectors are the same.

    Attributes:
        k: neighbours of each image whose overlap is measured.
        n_far: how many of the images that the reference puts far away count for the collapse.
        reference_max: far away means a reference cosine below this.
        seed: of the sampled pairs and of the regions.
        exact_pairs: about so many pairs with the highest blind cosines are counted one by one.
        n_sampled: pairs drawn to estimate the counts of the others.
    """

    k: int = 10
    n_far: int = 5
    reference_max: float = 0.6
    seed: int = 0
    exact_pairs: int = 20_000_000
    n_sampled: int = 1 << 19

    def __post_init__(self) -> None:
        for name in ("k", "n_far", "exact_pairs", "n_sampled"):
            if getattr(self, name) < 1:
                raise ComparisonError(
                    f"The value is at least 1, not {getattr(self, name)}.", where=name
                )
        if self.seed < 0:
            raise ComparisonError(f"The value is at least 0, not {self.seed}.", where="seed")
        if not -1.0 <= self.reference_max <= 1.0:  # also refuses NaN
            raise ComparisonError(
                f"A cosine threshold lies between -1 and 1, not {self.reference_max!r}.",
                where="reference_max",
            )
        # Written 1 it is the same as 1.0, also where options are compared as text.
        object.__setattr__(self, "reference_max", float(self.reference_max))
