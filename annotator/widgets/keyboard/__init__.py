"""Keys that press buttons, and the sheet that lists them."""

from annotator.widgets.keyboard.widget import keyboard

__all__ = ["keyboard"]
