"""How well people answered, beside the paper's line; and the policy."""

from annotator.widgets.verify_results.widget import verify_results

__all__ = ["verify_results"]
