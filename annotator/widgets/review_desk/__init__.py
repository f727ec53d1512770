"""The review page's controls: progress, verdict buttons, the gap ruler and their behaviour."""

from annotator.widgets.review_desk.widget import review_desk

__all__ = ["review_desk"]
