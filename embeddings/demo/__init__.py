"""Draws the demo scenes and trains the two tiny demo encoders."""
