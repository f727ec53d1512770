"""The switch that lets images be sent to a model, with what is sent where."""

from annotator.widgets.suggestion_switch.widget import suggestion_switch

__all__ = ["suggestion_switch"]
