"""Patterns that were found in the questions, with the ways to take them over."""

from annotator.widgets.found_patterns.widget import found_patterns

__all__ = ["found_patterns"]
