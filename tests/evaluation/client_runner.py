"""A program that lets other programs' own code read an export, and prints what they made of it.

It runs in a process of its own, with whatever Python has a client's libraries, so it knows only
those and the standard library: ``python client_runner.py CLIENT FOLDER-OF-CLIENTS JOB.json``.
What a client needs and a test must not have (networks, large models, services) has a stand-in.
"""

import ast
import contextlib
import importlib
import importlib.util
import io
import json
import os
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

Job = dict[str, Any]
Found = dict[str, Any]


class Anything:
    """Stands for a tensor, a tokenizer or a configuration that is handed through unseen."""

    def __getattr__(self, name: str) -> "Anything":
        return self

    def __call__(self, *_: object, **__: object) -> "Anything":
        return self

    def __getitem__(self, key: object) -> "Anything":
        return self

    def __bool__(self) -> bool:
        return False


def stand_in(name: str, **members: object) -> ModuleType:
    """Put a module of that name where an import finds it, and its parents."""
    parent = ""
    for part in name.split("."):
        parent = f"{parent}.{part}" if parent else part
        if parent not in sys.modules:
            module = ModuleType(parent)
            module.__path__ = []
            sys.modules[parent] = module
    for member, value in members.items():
        setattr(sys.modules[name], member, value)
    return sys.modules[name]


def shell(name: str, path: Path, **members: object) -> None:
    """A package whose modules are real and whose own ``__init__`` is not run."""
    stand_in(name, **members).__path__ = [str(path)]


def loaded(name: str, path: Path) -> ModuleType:
    """The module in this file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def mmvp_grader(clients: Path, job: Job) -> Found:
    """gpt_grader.py unchanged; the judge says yes if answer and response are the same."""

    def create(messages: list[dict[str, str]], **_: object) -> dict[str, Any]:
        asked = messages[-1]["content"]
        right = asked.split("the correct answer is ")[1].split(". Does the following")[0]
        given = asked.split("answers the question, answer:")[1].removesuffix("?")
        said = "Yes" if right == given else "No"
        return {"choices": [{"message": {"content": said}}]}

    chat = type("ChatCompletion", (), {"create": staticmethod(create)})
    stand_in("openai", ChatCompletion=chat)
    said = _script(clients / "MMVP/scripts/gpt_grader.py", "--answer_file", job["answers"])
    return {"accuracy": float(said.split("The accuracy is ")[1])}


def mmvp_vlm(clients: Path, job: Job) -> Found:
    """evaluate_vlm.py unchanged; the model knows the mean color that fits each statement."""
    import numpy as np
    import torch

    colors: dict[str, list[float]] = job["colors"]
    statements = list(colors)

    def preprocess(image: Any) -> Any:  # noqa: ANN401
        return torch.tensor(np.asarray(image.convert("RGB"), dtype=np.float32).mean((0, 1)))

    def tokenize(texts: list[str]) -> Any:  # noqa: ANN401
        return torch.tensor([statements.index(texts[0].removeprefix("a photo of "))])

    def model(images: Any, text: Any) -> Any:  # noqa: ANN401
        wanted = torch.tensor(colors[statements[int(text[0])]])
        logits = -(images - wanted).abs().sum(dim=1, keepdim=True).T
        return logits.T, logits

    stand_in("clip", load=lambda *_, **__: (model, preprocess), tokenize=tokenize)
    stand_in("matplotlib.pyplot")
    said = _script(clients / "MMVP/scripts/evaluate_vlm.py", "--directory", job["folder"])
    found: Found = ast.literal_eval(said.strip().splitlines()[-1])["openai-ViT-L/14"]
    return found


def _script(path: Path, *arguments: str) -> str:
    sys.argv = [str(path), *arguments]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(path), run_name="__main__")
    return said.getvalue()


def vlmevalkit(clients: Path, job: Job) -> Found:
    """The kit's dataset class on MMVP.tsv: its prompts, its images, and its scores."""
    root = clients / "VLMEvalKit/vlmeval"
    shell("vlmeval", root)
    shell("vlmeval.dataset", root / "dataset")
    judge = {"build_judge": lambda **_: None, "DEBUG_MESSAGE": ""}
    shell("vlmeval.dataset.utils", root / "dataset/utils", **judge)
    os.environ.update(LMUData=job["data"])
    import pandas as pd
    from vlmeval.dataset.image_mcq import ImageMCQDataset
    from vlmeval.utils.matching_util import can_infer

    ImageMCQDataset.DATASET_MD5["MMVP"] = job["md5"]
    dataset = ImageMCQDataset("MMVP")
    prompts = [dataset.build_prompt(at) for at in range(len(dataset))]
    scores = {}
    for name, answers in job["answers"].items():
        table = dataset.data[["index", "question", "A", "B"]].assign(prediction=answers)
        path = Path(job["data"]) / name / f"{name}_MMVP.xlsx"
        path.parent.mkdir()
        table.to_excel(path, index=False)
        dataset.evaluate(str(path), model="exact_matching", nproc=1)
        [result] = path.parent.rglob("*_acc.csv")
        row = pd.read_csv(result).iloc[0]
        scores[name] = {"Average": float(row["Average"]), "Overall": float(row["Overall"])}
    read = [can_infer(text, dict(A=a, B=b)) or "" for text, a, b in job["forms"]]
    return {
        "scores": scores,
        "texts": [part["value"] for one in prompts for part in one if part["type"] == "text"],
        "images": [part["value"] for one in prompts for part in one if part["type"] == "image"],
        "read": read,
    }


def lmms_eval(clients: Path, job: Job) -> Found:
    """The functions of the task ``mmvp`` on the rows of the Parquet file."""
    from datasets import load_dataset

    stand_in("loguru", logger=Anything())
    task = loaded("mmvp_task", clients / "lmms-eval/lmms_eval/tasks/mmvp/utils.py")
    files = {"train": job["table"]}
    rows = load_dataset("parquet", data_files=files, split="train", cache_dir=job["cache"])
    scores = {}
    for name, answers in job["answers"].items():
        done = [
            task.mmvp_process_results(row, [said]) for row, said in zip(rows, answers, strict=True)
        ]
        accuracy = [one["mmvp_accuracy"] for one in done]
        pairs = [one["mmvp_pair_accuracy"] for one in done]
        scores[name] = {
            "mmvp_accuracy": task.mmvp_aggregate_results(accuracy),
            "mmvp_pair_accuracy": task.mmvp_aggregate_pair_results(pairs),
        }
    return {
        "scores": scores,
        "texts": [task.mmvp_doc_to_text(row) for row in rows],
        "targets": [task.mmvp_doc_to_target(row) for row in rows],
        "options": [task._parse_options(row["Options"]) for row in rows],
        "sizes": [task.mmvp_doc_to_visual(row)[0].size for row in rows],
        "read": [task._extract_answer_letter(text) for text, _, _ in job["forms"]],
    }


def lmms_eval_task(clients: Path, job: Job) -> Found:
    """The exported task as lmms-eval finds it, loads its rows, and has them scored."""
    sys.path.insert(0, str(clients / "lmms-eval"))
    os.chdir(job["folder"])
    from lmms_eval.tasks import TaskManager, get_task_dict

    manager = TaskManager("ERROR", include_path="task")
    [task] = get_task_dict([job["task"]], manager).values()
    rows = list(task.test_docs())
    scores = {}
    for name, answers in job["answers"].items():
        done = [task.process_results(row, [said]) for row, said in zip(rows, answers, strict=True)]
        scores[name] = {
            metric: aggregate([one[metric] for one in done])
            for metric, aggregate in task.aggregation().items()
        }
    return {"scores": scores, "texts": [task.doc_to_text(row) for row in rows]}


def cambrian(clients: Path, job: Job) -> Found:
    """mmvp_eval.py asks a stand-in for a model, mmvp_test.py scores what it wrote."""
    answers = iter(job["answers"])
    tokenizer = type("T", (Anything,), {"batch_decode": lambda *_, **__: [next(answers)]})()

    def download(filename: str, subfolder: str = ".", **_: object) -> str:
        path = Path(job["folder"]) / subfolder / filename
        # It downloads 300 images, however many there are questions.
        return str(path if path.exists() else path.with_name("1.jpg"))

    class Conversation(Anything):
        roles = ("USER", "ASSISTANT")
        said = ""

        def append_message(self, _: str, text: str | None) -> None:
            self.said += text or ""

        def get_prompt(self) -> str:
            return self.said

    class Fresh(Anything):
        def copy(self) -> Conversation:
            return Conversation()

    tokens = ("DEFAULT_IMAGE_TOKEN", "DEFAULT_IM_START_TOKEN", "DEFAULT_IM_END_TOKEN")
    stand_in("cambrian.constants", IMAGE_TOKEN_INDEX=0, **dict.fromkeys(tokens, "<image>"))
    stand_in("cambrian.conversation", conv_templates={"vicuna_v1": Fresh()}, SeparatorStyle=0)
    model = (tokenizer, Anything(), Anything(), 0)
    stand_in("cambrian.model.builder", load_pretrained_model=lambda *_: model)
    stand_in("cambrian.utils", disable_torch_init=None)
    stand_in(
        "cambrian.mm_utils",
        tokenizer_image_token=Anything(),
        process_images=Anything(),
        get_model_name_from_path=lambda path: path,
    )
    stand_in("shortuuid")
    import huggingface_hub

    huggingface_hub.hf_hub_download = download
    scripts = clients / "cambrian/eval/eval/mmvp"
    out = Path(job["out"])
    _script(scripts / "mmvp_eval.py", "--model_path", "m", "--answers_file", f"{out}/answers.jsonl")
    test = loaded("mmvp_test", scripts / "mmvp_test.py")
    test.compute_metrics(f"{out}/answers_0.jsonl", f"{out}/wrong/wrong.jsonl", f"{out}/all.csv")
    [_, row] = (out / "all.csv").read_text().splitlines()
    read = [test.extract_mcq_answer(text) for text, _, _ in job["forms"]]
    return {"accuracy": float(row.split(",")[-1]), "file": f"{out}/answers_0.jsonl", "read": read}


def internvl(clients: Path, job: Job) -> Found:
    """evaluate_mmvp.py's own loop over Questions.csv; the model is a list of answers."""
    import torch

    answers = iter(job["answers"])
    asked = []

    class Model:
        def chat(self, question: str, **_: object) -> str:
            asked.append(question)
            return str(next(answers))

    stand_in("internvl.model.internvl_chat", InternVLChatModel=None)
    to_tensor = lambda **_: lambda image: torch.zeros(3, *reversed(image.size))  # noqa: E731
    stand_in("internvl.train.dataset", build_transform=to_tensor, dynamic_preprocess=None)
    stand_in("transformers", AutoTokenizer=None)
    client = loaded("internvl_mmvp", clients / "InternVL/internvl_chat/eval/mmvp/evaluate_mmvp.py")
    client.ds_collections["MMVP"]["root"] = job["folder"]
    settings = {"seed": 0, "datasets": ["MMVP"], "dynamic": False, "max_num": 6, "batch_size": 1}
    settings |= {"num_workers": 0, "num_beams": 1, "temperature": 0.0, "out_dir": job["out"]}
    client.args = type("Arguments", (), settings)
    client.model, client.tokenizer = Model(), None
    client.image_size, client.use_thumbnail = 32, False
    torch.Tensor.cuda = lambda self: self  # type: ignore[assignment,method-assign]
    meeting = f"file://{job['out']}/meeting"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=0, world_size=1)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        client.evaluate_chat_model()
    torch.distributed.destroy_process_group()
    [results] = Path(job["out"]).glob("*.jsonl")
    read = [client.post_process(text, {"A": a, "B": b}) for text, a, b in job["forms"]]
    accuracy = float(said.getvalue().split("The accuracy is ")[1])
    return {"accuracy": accuracy, "file": str(results), "asked": asked, "read": read}


def pycocotools(_: Path, job: Job) -> Found:
    """The captions as the library's own index gives them."""
    coco = importlib.import_module("pycocotools.coco")
    with contextlib.redirect_stdout(io.StringIO()):
        captions = coco.COCO(job["annotations"])
    found = captions.loadAnns(captions.getAnnIds())
    names = {one["id"]: captions.loadImgs(one["image_id"])[0]["file_name"] for one in found}
    of_first = captions.getImgIds(catIds=[found[0]["category_id"]])
    return {"captions": [[names[one["id"]], one["caption"]] for one in found], "first": of_first}


def label_studio(_: Path, job: Job) -> Found:
    """The labeling interface parsed and the tasks and annotations checked against it."""
    interface = importlib.import_module("label_studio_sdk.label_interface").LabelInterface
    page = interface(Path(job["page"]).read_text())
    page.validate()
    tasks = json.loads(Path(job["tasks"]).read_text())
    converter = importlib.import_module("label_studio_sdk.converter").Converter
    out = Path(job["out"])
    made = converter(Path(job["page"]).read_text(), project_dir=str(out), download_resources=False)
    made.convert_to_json_min(job["tasks"], str(out / "min"), is_dir=False)
    return {
        "tasks": [page.validate_task({"data": one["data"]}) for one in tasks],
        "annotations": [
            page.validate_annotation(annotation)
            for one in tasks
            for annotation in one["annotations"]
        ],
        "converted": json.loads((out / "min/result.json").read_text()),
    }


def fiftyone(_: Path, job: Job) -> Found:
    """The importer's own parser of labels.json, without the database that a dataset needs."""
    data = importlib.import_module("fiftyone.utils.data.importers")
    importer = data.FiftyOneImageDetectionDatasetImporter(dataset_dir=job["folder"])
    importer.setup()
    found = []
    for path, _metadata, detections in importer:
        [one] = detections.detections
        found.append([Path(path).name, one.label, one["answer"], one["pair_id"], one["question"]])
    return {"rows": sorted(found, key=lambda row: int(row[0].removesuffix(".jpg")))}


RUNS = {
    "MMVP grader": mmvp_grader,
    "MMVP VLM": mmvp_vlm,
    "VLMEvalKit": vlmevalkit,
    "lmms-eval": lmms_eval,
    "lmms-eval task": lmms_eval_task,
    "Cambrian": cambrian,
    "InternVL": internvl,
    "pycocotools": pycocotools,
    "label-studio-sdk": label_studio,
    "fiftyone": fiftyone,
}

if __name__ == "__main__":
    client, clients, job = sys.argv[1:]
    given = json.loads(Path(job).read_text())
    try:
        found = RUNS[client](Path(clients), given)
    except ModuleNotFoundError as error:
        found = {"missing": error.name}
    Path(given["result"]).write_text(json.dumps(found))
