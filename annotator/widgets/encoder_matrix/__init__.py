"""How many blind pairs each choice of a blind and a reference encoder has."""

from annotator.widgets.encoder_matrix.widget import encoder_matrix

__all__ = ["encoder_matrix"]
