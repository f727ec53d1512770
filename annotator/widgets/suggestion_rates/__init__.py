"""What became of the suggestions that writers were shown."""

from annotator.widgets.suggestion_rates.widget import suggestion_rates

__all__ = ["suggestion_rates"]
