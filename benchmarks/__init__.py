"""Timings of ours beside its peers; nothing of the product imports them."""
