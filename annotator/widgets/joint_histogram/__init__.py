"""The joint histogram of blind and reference cosine, with thresholds to drag."""

from annotator.widgets.joint_histogram.widget import joint_histogram

__all__ = ["joint_histogram"]
