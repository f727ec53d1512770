"""The commands as a person meets them: help, exit codes, one-line reasons, JSON."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.guard import listen
from tests.annotator.tiny_studio import (
    EVERY_PAIR,
    N_PICTURES,
    ROOT,
    Answer,
    Mmvp,
    Specs,
    draw_picture,
    start_mmvp,
)

COMMANDS = ("run", "demo", "index", "embed", "mine", "map", "compare", "serve", "export")
COMMANDS += ("annotations", "agreement", "check")


def connect(host: str, port: int) -> http.client.HTTPConnection:
    """A connection as soon as somebody listens."""
    deadline = time.monotonic() + 90
    while True:
        try:
            connection = http.client.HTTPConnection(host, port, timeout=60)
            connection.connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection


def one_line(text: str) -> str:
    """The reason: the last line of stderr, and no trace before it."""
    assert "Traceback" not in text
    return text.strip().splitlines()[-1]


def test_help_names_every_command_and_what_it_is_for(mmvp: Mmvp) -> None:
    shown = mmvp("--help")
    assert shown.code == 0
    assert all(f" {command} " in shown.out for command in COMMANDS)
    assert "mmvp run photos" in shown.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_names_its_workspace(mmvp: Mmvp, command: str) -> None:
    shown = mmvp(command, "--help")
    assert shown.code == 0
    assert "--workspace" in shown.out


def test_the_version_is_printed(mmvp: Mmvp) -> None:
    assert mmvp("--version").out.startswith("mmvp ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["mine", "--blind-min", "1.5"],
        ["mine", "--limit", "none"],
        ["index", "no-such-folder"],
        ["index"],
        ["embed", "--role", "best"],
        ["export"],
        ["serve", "--port", "70000"],
    ],
)
def test_bad_usage_exits_2(mmvp: Mmvp, arguments: list[str]) -> None:
    answer = mmvp(*arguments)
    assert answer.code == 2
    assert "Usage" in answer.err


def test_an_encoder_that_cannot_be_read_is_bad_usage(mmvp: Mmvp, workspace: Path) -> None:
    answer = mmvp("embed", "-w", workspace, "--blind", "no scheme")
    assert answer.code == 2
    assert "--blind" in answer.err


def test_an_unknown_format_is_bad_usage(mmvp: Mmvp, workspace: Path) -> None:
    answer = mmvp("export", "-w", workspace, "--format", "papyrus", "--out", "out")
    assert answer.code == 2
    assert "mmvp" in answer.err


@pytest.mark.parametrize("command", ["embed", "mine", "map", "compare", "serve"])
def test_a_missing_workspace_is_one_line_that_says_what_to_do(mmvp: Mmvp, command: str) -> None:
    answer = mmvp(command, "-w", "nowhere")
    assert answer.code == 1
    assert answer.out == ""
    assert "nowhere" in one_line(answer.err)
    assert "mmvp run" in one_line(answer.err)


def test_a_process_fails_with_1_and_shows_the_trace_only_when_asked(
    process: Callable[..., Answer],
) -> None:
    quiet = process("mine", "-w", "nowhere")
    assert (quiet.code, quiet.out) == (1, "")
    assert len(quiet.err.strip().splitlines()) == 1
    assert process("--debug", "mine", "-w", "nowhere").err.startswith("Traceback")


def test_steps_out_of_order_say_which_comes_first(
    mmvp: Mmvp, tmp_path: Path, pictures: Path, specs: Specs
) -> None:
    root = tmp_path / "fresh"
    assert mmvp("index", pictures, "-w", root).code == 0
    for command in ("mine", "map", "compare"):
        answer = mmvp(command, "-w", root, *specs.options)
        assert answer.code == 1
        assert "mmvp embed" in one_line(answer.err)


def test_weights_that_cannot_be_reached_say_what_to_do(
    mmvp: Mmvp, tmp_path: Path, pictures: Path
) -> None:
    root = tmp_path / "fresh"
    mmvp("index", pictures, "-w", root)
    answer = mmvp("embed", "-w", root, "--blind", f"hf:{tmp_path / 'no-weights'}")
    assert answer.code == 1
    assert "no-weights" in one_line(answer.err)
    assert not (root / "encoders.json").exists()


def test_the_whole_job_prints_one_json_object(
    mmvp: Mmvp, tmp_path: Path, pictures: Path, specs: Specs
) -> None:
    arguments = [pictures, "-w", tmp_path / "w", *specs.options, *EVERY_PAIR, "--no-serve"]
    done = mmvp("run", *arguments, "--json")
    assert done.code == 0
    assert done.json["index"]["n_new"] == N_PICTURES
    assert done.json["embed_blind"]["n_embedded"] == N_PICTURES
    assert 0 < done.json["mine"]["n_pairs"] <= N_PICTURES * 3 / 2
    assert done.json["map"]["n_images"] == N_PICTURES


def test_each_step_answers_in_words_and_in_json(
    mmvp: Mmvp, workspace: Path, pictures: Path
) -> None:
    assert f"{N_PICTURES} images" in mmvp("index", pictures, "-w", workspace).out
    assert mmvp("index", pictures, "-w", workspace, "--json").json["n_unchanged"] == N_PICTURES
    assert f"{N_PICTURES} were already" in mmvp("embed", "-w", workspace).out
    encoders = mmvp("embed", "-w", workspace, "--role", "blind", "--json").json["encoders"]
    assert [encoder["n_already"] for encoder in encoders] == [N_PICTURES]
    assert "candidate pairs" in mmvp("mine", "-w", workspace, *EVERY_PAIR).out
    assert mmvp("mine", "-w", workspace, *EVERY_PAIR, "--json").json["already"] is True
    assert "up to date" in mmvp("map", "-w", workspace).out
    mapped = mmvp("map", "-w", workspace, "--json").json
    assert (mapped["layout"], mapped["kind"], mapped["already"]) == (1, "aligned", True)
    more = ("--kind", "umap", "--neighbors", 5, "--min-dist", 0.1, "--name", "close")
    assert mmvp("map", "-w", workspace, *more, "--json").json["layout"] == 2
    listed = mmvp("map", "-w", workspace, "--list", "--json").json["layouts"]
    assert [one["name"] for one in listed] == ["close", ""]
    assert "close" in mmvp("map", "-w", workspace, "--list").out


def test_skipped_files_are_shown_by_reason_with_the_report(mmvp: Mmvp, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    draw_picture(1).save(folder / "good.png")
    (folder / "empty.jpg").touch()
    for number in range(12):
        (folder / f"odd\nname {number}.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    answer = mmvp("index", folder, "-w", tmp_path / "w")
    assert answer.code == 0
    assert "1 images" in answer.out
    assert "13 skipped" in answer.out
    assert "empty.jpg: empty" in answer.out
    assert r"odd\nname" in answer.out
    assert "and 3 more; see" in answer.out
    report = json.loads((tmp_path / "w" / "reports" / "index-1.json").read_text())
    assert sum(report["skipped_by_reason"].values()) == len(report["skipped"]) == 13


def test_a_file_name_that_starts_with_a_dash(mmvp: Mmvp, tmp_path: Path) -> None:
    folder = tmp_path / "-pictures"
    folder.mkdir()
    draw_picture(1).save(folder / "-r.png")
    assert mmvp("index", "-w", tmp_path / "w", "--", "-pictures").code == 0


def test_a_source_without_any_image_fails(mmvp: Mmvp, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = mmvp("index", tmp_path / "empty", "-w", tmp_path / "w")
    assert answer.code == 1
    assert "no image" in one_line(answer.err)
    assert "0 skipped" not in answer.err


def test_an_image_without_a_vector_is_named_with_the_reason(
    mmvp: Mmvp, specs: Specs, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    for number in range(3):
        draw_picture(number).save(tmp_path / "pictures" / f"{number}.png")
    draw_picture(3).resize((3000, 2)).save(tmp_path / "pictures" / "thin.png")
    workspace = tmp_path / "w"
    assert mmvp("index", tmp_path / "pictures", "-w", workspace).code == 0
    only_blind = ["embed", "-w", workspace, *specs.options, "--role", "blind"]
    told = mmvp(*only_blind)
    assert f"  {tmp_path}/pictures/thin.png: unsupported: 3000 x 2" in told.out
    [share] = mmvp(*only_blind, "--json").json["encoders"]
    assert list(share["skipped"]) == [str(tmp_path / "pictures" / "thin.png")]


def test_suggest_prints_a_grid_and_mines_nothing(mmvp: Mmvp, workspace: Path) -> None:
    before = mmvp("mine", "-w", workspace, *EVERY_PAIR, "--json").json["run_id"]
    shown = mmvp("mine", "-w", workspace, "--suggest", "--pairs", "5")
    assert shown.code == 0
    assert "For 5 pairs or more: mmvp mine --blind-min" in shown.out
    suggestion = mmvp("mine", "-w", workspace, "--suggest", "--pairs", "5", "--json").json
    assert len(suggestion["counts"]) == len(suggestion["blind_grid"])
    assert mmvp("mine", "-w", workspace, *EVERY_PAIR, "--json").json["run_id"] == before


def test_no_pairs_says_which_thresholds_would_give_some(mmvp: Mmvp, workspace: Path) -> None:
    nothing = ("--blind-min", "1", "--reference-max", "-1")
    shown = mmvp("mine", "-w", workspace, *nothing)
    assert shown.code == 0
    assert shown.out.startswith("0 candidate pairs")
    assert "--blind-min" in shown.out
    assert "suggestion" in mmvp("mine", "-w", workspace, *nothing, "--json").json


def test_serving_to_other_machines_is_refused(mmvp: Mmvp, workspace: Path) -> None:
    answer = mmvp("serve", "-w", workspace, "--host", "0.0.0.0")
    assert answer.code == 1
    assert "0.0.0.0" in one_line(answer.err)
    assert "Serve http" not in answer.err


def test_the_whole_job_says_at_once_that_it_could_not_serve(mmvp: Mmvp, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        for command in (["run", tmp_path / "pictures"], ["demo"]):
            answer = mmvp(*command, "-w", tmp_path / command[0], "--port", port)
            assert answer.code == 1
            assert answer.err.strip() == one_line(answer.err)
            assert f"127.0.0.1:{port}" in answer.err


def test_ctrl_c_stops_the_server_although_a_page_is_open(workspace: Path) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    process = start_mmvp(["serve", "-w", workspace, "--port", port])
    try:
        page = connect("127.0.0.1", port)
        page.request("GET", "/gradio_api/heartbeat/one")
        assert page.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in err


def test_export_without_a_complete_pair_says_so(mmvp: Mmvp, workspace: Path) -> None:
    answer = mmvp("export", "-w", workspace, "--out", "benchmark")
    assert answer.code == 1
    assert "complete" in one_line(answer.err)
    assert not Path("benchmark").exists()


def test_the_demo_is_built_offline_and_only_once(mmvp: Mmvp, tmp_path: Path) -> None:
    arguments = ["demo", "-w", tmp_path / "demo", "--count", 24, "--no-serve", "--json"]
    built = mmvp(*arguments)
    assert built.code == 0, built.err
    assert built.json["index"]["n_new"] == built.json["embed_blind"]["n_embedded"] == 24
    assert built.json["map"]["already"] is built.json["compare"]["already"] is False
    again = mmvp(*arguments).json
    assert again["index"]["n_unchanged"] == again["embed_reference"]["n_already"] == 24
    assert again["mine"]["already"] is again["map"]["already"] is True
    assert again["compare"]["already"] is True


def test_the_demo_is_not_mixed_into_somebodys_own_workspace(mmvp: Mmvp, workspace: Path) -> None:
    answer = mmvp("demo", "-w", workspace, "--no-serve")
    assert answer.code == 1
    assert "not a demo" in one_line(answer.err)


def test_what_is_up_to_date_loads_no_heavy_library(workspace: Path) -> None:
    code = (
        "import sys\nfrom annotator.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    steps = [["embed"], ["map"], ["mine", *EVERY_PAIR], ["compare"]]
    for step in steps:
        done = subprocess.run(
            [sys.executable, "-c", code, *step, "-w", str(workspace)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        loaded = set(done.stderr.split())
        assert "annotator.pipeline" in loaded
        assert not {"torch", "transformers", "open_clip", "umap", "gradio", "sklearn"} & loaded


def test_compare_and_its_matrix_say_what_they_found(
    mmvp: Mmvp, workspace: Path, specs: Specs
) -> None:
    found = mmvp("compare", "-w", workspace, "--neighbors", 5, "--json").json
    assert (found["n_images"], found["options"]["k"], found["already"]) == (N_PICTURES, 5, False)
    assert 0 <= found["mean_overlap"] <= 1
    assert found["n_exact"] == found["n_pairs"] == N_PICTURES * (N_PICTURES - 1) // 2
    shown = mmvp("compare", "-w", workspace, "--neighbors", 5).out
    assert "of the 5 nearest neighbours" in shown
    assert "up to date" in shown

    thresholds = ["--blind-min", 0.1234, "--reference-max", 0.99]
    matrix = mmvp("compare", "--matrix", "-w", workspace, *thresholds, "--json").json
    assert {cell["blind_encoder"] for cell in matrix["cells"]} == {specs.blind, specs.reference}
    assert all(cell["n_pairs"] is not None for cell in matrix["cells"])
    assert matrix["n_counted"] == 2
    text = mmvp("compare", "--matrix", "-w", workspace, *thresholds).out
    assert specs.blind in text
    assert "before any filter" in text


def test_a_reader_that_leaves_early_leaves_no_trace(workspace: Path) -> None:
    command = f"'{sys.executable}' -m annotator.cli mine -w '{workspace}' --suggest | true"
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_app_py_is_serve_on_the_default_workspace() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "mmvp-workspace" in one_line(done.stderr)
    assert "mmvp demo" in one_line(done.stderr)


def test_the_command_reference_is_current() -> None:
    page = ROOT / "docs" / "commands.md"
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, "run `make format`"
    assert all(f"## `mmvp {command}`" in page.read_text() for command in COMMANDS)


def files(store: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file()
    }


def test_a_killed_embed_resumes_to_the_bytes_of_an_unbroken_one(
    mmvp: Mmvp, tmp_path: Path, pictures: Path, specs: Specs
) -> None:
    broken, unbroken = tmp_path / "broken", tmp_path / "unbroken"
    options = ["--role", "blind", "--blind", specs.slow, "--shard-size", 4, "--batch-size", 1]
    for root in (broken, unbroken):
        assert mmvp("index", pictures, "-w", root).code == 0
    assert mmvp("embed", "-w", unbroken, *options).code == 0
    whole = files(unbroken / "embeddings")

    started = start_mmvp(["embed", "-w", broken, *options])
    while started.poll() is None and not any(broken.rglob("shard-*.npz")):
        time.sleep(0.005)
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate()
    assert started.returncode == -signal.SIGKILL, "it was done before it was killed"

    resumed = mmvp("embed", "-w", broken, *options, "--json")
    assert resumed.code == 0
    assert 0 < resumed.json["encoders"][0]["n_already"] < N_PICTURES
    assert files(broken / "embeddings") == whole


def test_ctrl_c_says_that_the_run_can_go_on(
    mmvp: Mmvp, tmp_path: Path, pictures: Path, specs: Specs
) -> None:
    root = tmp_path / "w"
    assert mmvp("index", pictures, "-w", root).code == 0
    options = ["--blind", specs.slow, "--batch-size", 1, "--shard-size", 4]
    started = start_mmvp(["embed", "-w", root, *options])
    while started.poll() is None and not any(root.rglob("shard-*.npz")):
        time.sleep(0.005)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=120)
    assert started.returncode == 130
    assert one_line(err) == "interrupted; run the same command again to resume"
