"""Heat maps over two images: where the reference sees a change that the blind encoder does not."""

from annotator.widgets.why_view.widget import why_view

__all__ = ["why_view"]
