"""Figures for papers and slides: data in, a plotly figure on white ground out."""
