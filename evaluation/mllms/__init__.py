"""Multimodal LLMs on a benchmark: asked over HTTP, run here, or answered elsewhere."""
