"""The form for the question, its options, the answer of each image and the visual pattern."""

from annotator.widgets.write_form.widget import write_form

__all__ = ["write_form"]
