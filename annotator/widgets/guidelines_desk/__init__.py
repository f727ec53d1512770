"""The guidelines as a page: reading, editing with a preview, versions and what they changed."""

from annotator.widgets.guidelines_desk.widget import guidelines_desk

__all__ = ["guidelines_desk"]
