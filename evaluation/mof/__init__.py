"""Mixture of Features in a multimodal LLM: the tower, its training, the experiment in miniature."""
