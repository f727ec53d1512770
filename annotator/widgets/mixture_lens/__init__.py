"""How alike a pair is in mixtures of both encoders, and how many pairs a mixture resolves."""

from annotator.widgets.mixture_lens.widget import mixture_lens

__all__ = ["mixture_lens"]
