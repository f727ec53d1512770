"""Reported questions one after another, and the two ways to resolve a report."""

from annotator.widgets.problem_desk.widget import problem_desk

__all__ = ["problem_desk"]
