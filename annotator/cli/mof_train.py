"""`mmvp mof train`: trains a LLaVA whose tower is a mixture of two encoders."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, note, shown

Recipe = Annotated[
    Path,
    typer.Option(
        "--recipe",
        metavar="FILE",
        show_default=False,
        dir_okay=False,
        exists=True,
        help="TOML with the model and its two stages; assets/recipes has the paper's.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        show_default=False,
        file_okay=False,
        help="Folder for checkpoints and the finished model.",
    ),
]


@guarded
def train(
    recipe: Recipe, out: Out, device: options.Device = None, as_json: options.Json = False
) -> None:
    """Train the projector, then projector and language model, as LLaVA is trained.

    Run again after an interruption it goes on from the last checkpoint. For several GPUs start it
    with accelerate launch or torchrun. The finished model is DIR/model: ask it with
    mmvp eval mllm --model hf:DIR/model.
    """
    from evaluation.mof.recipe import read_recipe
    from evaluation.mof.training import train as trained

    folder = trained(read_recipe(recipe), out, device=device, say=note)
    if as_json:
        emit_json({"model": str(folder)})
    else:
        note(f"trained; ask it with: mmvp eval mllm --model hf:{shown(folder)}")
