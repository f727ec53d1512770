"""Encoders with a text tower on pairs of images and statements, by visual pattern, as MMVP-VLM."""
