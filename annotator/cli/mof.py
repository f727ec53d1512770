"""`mmvp mof`: Mixture of Features, what blending a second encoder in would change."""

import typer

from annotator.cli.mof_probe import probe
from annotator.cli.mof_similarity import similarity

app = typer.Typer(
    no_args_is_help=True,
    help="Mixture of Features: what blending the reference encoder in would change.",
)
app.command()(similarity)
app.command()(probe)
