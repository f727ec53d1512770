"""The workspace's visual patterns, and for reviewers the ways to change the set."""

from annotator.widgets.pattern_set.widget import pattern_set

__all__ = ["pattern_set"]
