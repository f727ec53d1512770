"""`mmvp mof`: Mixture of Features, what blending a second encoder in would change."""

import typer

from annotator.cli.mof_experiment import experiment, results
from annotator.cli.mof_probe import probe
from annotator.cli.mof_similarity import similarity
from annotator.cli.mof_train import train

app = typer.Typer(
    no_args_is_help=True,
    help="Mixture of Features: what blending the reference encoder in would change.",
)
app.command()(similarity)
app.command()(probe)
app.command()(train)
app.command()(experiment)
app.command()(results)
