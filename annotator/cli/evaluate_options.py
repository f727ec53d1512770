"""Options of `mmvp eval mllm`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_ASKED, _ENDPOINT, _SCORED = "How it is asked", "Endpoint", "How it is scored"


class Style(StrEnum):
    """The prompts; as `evaluation.mllms.asking` has them, which imports too much."""

    letter = "letter"
    paper = "paper"


BenchmarkFolder = Annotated[
    Path | None,
    typer.Argument(
        metavar="BENCHMARK",
        exists=True,
        file_okay=False,
        show_default="the workspace's finished pairs",
        help="Exported folder: benchmark.json, or Questions.csv and MMVP Images.",
    ),
]
ModelSpec = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Name at the endpoint; hf:FOLDER for a local transformers model; answers:FILE for"
        " answers given elsewhere (jsonl, json, csv, tsv, xlsx).",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        file_okay=False,
        show_default="results/RUN in the workspace",
        help="Folder for answers.jsonl and scores.json; a run goes on where it ended.",
    ),
]
RunName = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="NAME",
        show_default="the model's and what was varied",
        help="Name under which the workspace keeps the run, for the page Results.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="OpenAI-compatible server, for example http://localhost:8000/v1.",
        rich_help_panel=_ENDPOINT,
    ),
]
KeyEnv = Annotated[
    str,
    typer.Option(
        "--key-env",
        metavar="NAME",
        help="Environment variable with the server's key.",
        rich_help_panel=_ENDPOINT,
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        min=1,
        max=256,
        metavar="N",
        help="Requests at the same time.",
        rich_help_panel=_ENDPOINT,
    ),
]
MaxRequests = Annotated[
    int | None,
    typer.Option(
        "--max-requests",
        min=1,
        metavar="N",
        help="Send no more than this, repeated tries included.",
        rich_help_panel=_ENDPOINT,
    ),
]
Tries = Annotated[
    int,
    typer.Option(
        "--tries",
        min=1,
        max=20,
        metavar="N",
        help="Tries for each question.",
        rich_help_panel=_ENDPOINT,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        metavar="SECONDS",
        help="Longest wait for one answer.",
        rich_help_panel=_ENDPOINT,
    ),
]
Body = Annotated[
    str,
    typer.Option(
        "--body",
        metavar="JSON",
        help="Further fields of the request; null takes one away.",
        rich_help_panel=_ENDPOINT,
    ),
]
Prompt = Annotated[
    Style,
    typer.Option(
        "--prompt",
        help="letter: asks for A or B, as lmms-eval and InternVL do. paper: as MMVP's authors.",
        rich_help_panel=_ASKED,
    ),
]
SwapOptions = Annotated[
    bool,
    typer.Option(
        "--swap-options", help="Show the options in the other order.", rich_help_panel=_ASKED
    ),
]
Letters = Annotated[
    str,
    typer.Option(
        "--letters",
        metavar="XY",
        help="What the two options are called, in place of A and B: CD, XY, 12.",
        rich_help_panel=_ASKED,
    ),
]
BothImages = Annotated[
    bool,
    typer.Option(
        "--both-images",
        help="Show both images of the pair, ask about one.",
        rich_help_panel=_ASKED,
    ),
]
SwapImages = Annotated[
    bool,
    typer.Option(
        "--swap-images", help="With --both-images: the second first.", rich_help_panel=_ASKED
    ),
]
NoImage = Annotated[
    bool,
    typer.Option("--no-image", help="Show no image: what words alone get.", rich_help_panel=_ASKED),
]
Repeats = Annotated[
    int,
    typer.Option(
        "--repeats",
        min=1,
        max=100,
        metavar="K",
        help="Ask everything K times.",
        rich_help_panel=_ASKED,
    ),
]
Temperature = Annotated[
    float,
    typer.Option("--temperature", min=0, max=2, metavar="T", rich_help_panel=_ASKED),
]
MaxTokens = Annotated[
    int,
    typer.Option(
        "--max-tokens", min=1, metavar="N", help="Longest answer.", rich_help_panel=_ASKED
    ),
]
GraderName = Annotated[
    str,
    typer.Option(
        "--grader",
        metavar="NAME",
        help="strict, option-text, vlmevalkit, lmms-eval, cambrian, internvl or judge.",
        rich_help_panel=_SCORED,
    ),
]
JudgeModel = Annotated[
    str | None,
    typer.Option(
        "--judge-model",
        metavar="MODEL",
        help="Have this model say of each answer whether it is correct, as the paper had GPT-4.",
        rich_help_panel=_SCORED,
    ),
]
JudgeUrl = Annotated[
    str | None,
    typer.Option(
        "--judge-url",
        metavar="URL",
        show_default="--base-url",
        help="OpenAI-compatible server of the judge.",
        rich_help_panel=_SCORED,
    ),
]
JudgeKeyEnv = Annotated[
    str | None,
    typer.Option(
        "--judge-key-env",
        metavar="NAME",
        show_default="--key-env",
        help="Environment variable with the key of the judge's server.",
        rich_help_panel=_SCORED,
    ),
]
Against = Annotated[
    list[Path] | None,
    typer.Option(
        "--against",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Answers of another model to compare with; repeatable.",
        rich_help_panel=_SCORED,
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="What to call the model.",
        show_default="MODEL",
        rich_help_panel=_SCORED,
    ),
]
