"""What was saved meanwhile beside what could not be saved."""

from annotator.widgets.both_texts.widget import both_texts

__all__ = ["both_texts"]
