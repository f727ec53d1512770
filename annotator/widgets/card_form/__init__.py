"""What an admin says on the dataset card, on the Export page."""

from annotator.widgets.card_form.widget import card_form

__all__ = ["card_form"]
