"""The jobs that run, with their progress, in the bar of Explore."""

from annotator.widgets.job_strip.widget import job_strip

__all__ = ["job_strip"]
