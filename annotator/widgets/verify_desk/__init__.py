"""The blind question: one image, two options, no key."""

from annotator.widgets.verify_desk.widget import verify_desk

__all__ = ["verify_desk"]
