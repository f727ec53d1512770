"""The embedding loop: a vector for every image, whatever interrupts it."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from embeddings.embed import embed
from embeddings.encoder import load_encoder
from embeddings.errors import EmbeddingsError
from embeddings.store import EmbeddingStore, StoreMismatch
from tests.embeddings import tiny_encoders as tiny
from tests.embeddings.pictures import encoded, noise, write

N_IMAGES = 43
SHARD = 16
BATCH = 5


class ProjectionEncoder:
    """A fixed random projection of an 8 x 8 picture, with as much memory as it is told."""

    spec = "hf:projection"
    name = "projection"
    dimension = 12
    image_size = 8
    preprocess_description = "resize to 8 x 8"
    device = "cpu"

    def __init__(self, *, weights_digest: str = "0" * 64, largest_batch: int = 10**9) -> None:
        self.weights_digest = weights_digest
        self.largest_batch = largest_batch
        self.batches: list[int] = []
        self._weights = torch.randn(192, 12, generator=torch.Generator().manual_seed(1))

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        small = np.asarray(image.resize((8, 8)), dtype=np.float32)
        return torch.from_numpy(small / 255 - 0.5).permute(2, 0, 1)

    def embed_images(self, batch: torch.Tensor) -> np.ndarray:
        self.batches.append(len(batch))
        if len(batch) > self.largest_batch:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return torch.nn.functional.normalize(batch.flatten(1) @ self._weights, dim=1).numpy()


def keyed(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    return [(hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in paths]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("photos")
    paths = [write(folder / f"{i}.png", encoded(noise(i), "PNG")) for i in range(N_IMAGES)]
    return keyed(paths)


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a store but its lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def test_every_image_gets_its_own_vector(images: list[tuple[str, Path]], tmp_path: Path) -> None:
    encoder = ProjectionEncoder()
    seen: list[tuple[int, int]] = []
    report = embed(
        tmp_path / "s",
        encoder,
        images,
        batch_size=BATCH,
        shard_size=SHARD,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (report.n_embedded, report.n_already, report.skipped) == (N_IMAGES, 0, {})
    assert (report.batch_size, report.device) == (BATCH, "cpu")
    assert report.images_per_second > 0
    assert 0 < report.waited < 1
    store = EmbeddingStore.open(tmp_path / "s")
    assert store.keys == sorted(key for key, _ in images)
    alone = [encoder.embed_images(encoder.preprocess(Image.open(path))[None]) for _, path in images]
    loaded = store.load([key for key, _ in images])
    assert np.allclose(loaded, np.concatenate(alone), atol=1e-6)
    assert store.manifest.spec == encoder.spec
    assert store.manifest.weights_digest == encoder.weights_digest
    assert set(store.manifest.versions) >= {"torch", "pillow", "transformers"}
    assert len(list((tmp_path / "s").glob("shard-*.npz"))) == 3
    assert seen[0] == (0, N_IMAGES)
    assert seen[-1] == (N_IMAGES, N_IMAGES)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_what_is_there_is_not_computed_again(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    embed(tmp_path / "s", ProjectionEncoder(), images[:20])
    before = contents(tmp_path / "s")
    encoder = ProjectionEncoder()
    again = embed(tmp_path / "s", encoder, images[:20])
    assert (again.n_embedded, again.n_already, encoder.batches) == (0, 20, [])
    assert contents(tmp_path / "s") == before
    more = embed(tmp_path / "s", encoder, images)
    assert (more.n_embedded, more.n_already) == (N_IMAGES - 20, 20)
    assert contents(tmp_path / "s").items() >= before.items()


def test_images_in_any_order_and_twice_give_the_same_bytes(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    embed(tmp_path / "a", ProjectionEncoder(), images, shard_size=SHARD, workers=1)
    shuffled = [*images[::-1], *images[:7]]
    report = embed(tmp_path / "b", ProjectionEncoder(), shuffled, shard_size=SHARD, workers=4)
    assert report.n_embedded == N_IMAGES
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_torch_keeps_its_threads(images: list[tuple[str, Path]], tmp_path: Path) -> None:
    def of_a_new_thread() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.get_num_threads).result()

    before = torch.get_num_threads(), of_a_new_thread()
    encoder = load_encoder(f"hf:{tiny.dinov2_folder(tmp_path / 'dino')}", device="cpu")
    embed(tmp_path / "s", encoder, images[:9], batch_size=4)
    assert (torch.get_num_threads(), of_a_new_thread()) == before


def test_no_images_make_an_empty_store(tmp_path: Path) -> None:
    report = embed(tmp_path / "s", ProjectionEncoder(), [])
    assert (report.n_embedded, report.images_per_second) == (0, 0.0)
    assert len(EmbeddingStore.open(tmp_path / "s")) == 0


@pytest.mark.parametrize("stop_at", [0, 5, 15, 16, 21, 32, 40, 43])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    stop_at: int, images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done >= stop_at:
            raise KeyboardInterrupt

    options = {"batch_size": BATCH, "shard_size": SHARD}
    embed(tmp_path / "whole", ProjectionEncoder(), images, **options)
    with pytest.raises(KeyboardInterrupt):
        embed(tmp_path / "broken", ProjectionEncoder(), images, progress=stop, **options)
    kept = len(EmbeddingStore.open(tmp_path / "broken"))
    assert kept == (stop_at // SHARD * SHARD if stop_at < N_IMAGES else N_IMAGES)
    report = embed(tmp_path / "broken", ProjectionEncoder(), images, **options)
    assert report.n_already == kept
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_a_run_killed_in_mid_shard_goes_on_to_the_same_bytes(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    spec = f"timm:local-dir:{tiny.timm_folder(tmp_path / 'vit')}"
    options = {"batch_size": BATCH, "shard_size": SHARD}
    list_file = tmp_path / "images.txt"
    list_file.write_text("".join(f"{key} {path}\n" for key, path in images))
    code = f"""
import sys, time
from pathlib import Path
from embeddings.embed import embed
from embeddings.encoder import load_encoder

images = [line.split(" ", 1) for line in Path({str(list_file)!r}).read_text().splitlines()]

def progress(done, total):
    print(done, flush=True)
    if done >= 26:
        time.sleep(600)

embed(Path({str(tmp_path / "killed")!r}), load_encoder({spec!r}, device="cpu"),
      [(key, Path(path)) for key, path in images], progress=progress, **{options!r})
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line.strip().isdigit() and int(line) >= 26:
                break
        os.kill(run.pid, signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    # What a kill in the middle of writing a shard leaves behind.
    (tmp_path / "killed" / ".tmp-shard").write_bytes(b"PK\x03\x04 half a shard")
    assert len(EmbeddingStore.open(tmp_path / "killed")) == SHARD

    encoder = load_encoder(spec, device="cpu")
    report = embed(tmp_path / "killed", encoder, images, **options)
    assert (report.n_already, report.n_embedded) == (SHARD, N_IMAGES - SHARD)
    embed(tmp_path / "whole", encoder, images, **options)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_unreadable_images_are_reported_and_shift_nobody(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    changed = write(tmp_path / "changed.png", encoded(noise(500), "PNG"))
    cut = write(tmp_path / "cut.png", images[0][1].read_bytes()[:200])
    thin = write(tmp_path / "thin.png", encoded(noise(501).resize((3000, 2)), "PNG"))
    bad = [
        ("f" * 64, changed),
        *keyed([cut, thin]),
        ("0" * 64, tmp_path / "absent.png"),
    ]
    mixed = [*bad[:2], *images, *bad[2:]]
    options = {"batch_size": BATCH, "shard_size": SHARD}
    report = embed(tmp_path / "s", ProjectionEncoder(), mixed, **options)
    assert report.n_embedded == N_IMAGES
    assert [report.skipped[key].split(":")[0] for key, _ in bad] == [
        "changed",
        "truncated",
        "unsupported",
        "missing",
    ]
    store = EmbeddingStore.open(tmp_path / "s")
    assert store.skipped == report.skipped
    embed(tmp_path / "good", ProjectionEncoder(), images, **options)
    keys = [key for key, _ in images]
    assert np.allclose(
        store.load(keys), EmbeddingStore.open(tmp_path / "good").load(keys), atol=1e-6
    )


def test_a_skipped_image_is_tried_again_and_changes_nothing_while_it_fails(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    key, path = images[0]
    late = tmp_path / "late.png"
    first = [(key, late), *images[1:]]
    embed(tmp_path / "s", ProjectionEncoder(), first)
    before = contents(tmp_path / "s")
    assert list(embed(tmp_path / "s", ProjectionEncoder(), first).skipped) == [key]
    assert contents(tmp_path / "s") == before
    late.write_bytes(path.read_bytes())
    report = embed(tmp_path / "s", ProjectionEncoder(), first)
    assert (report.n_embedded, report.skipped) == (1, {})
    store = EmbeddingStore.open(tmp_path / "s")
    assert store.skipped == {}
    assert len(store) == N_IMAGES


def test_a_run_stopped_among_broken_images_goes_on_to_the_same_bytes(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 2 * SHARD:
            raise KeyboardInterrupt

    absent = [(f"{number:x}" * 64, tmp_path / "absent.png") for number in range(16)]
    mixed = [*images, *absent]
    options = {"batch_size": BATCH, "shard_size": SHARD}
    embed(tmp_path / "whole", ProjectionEncoder(), mixed, **options)
    with pytest.raises(KeyboardInterrupt):
        embed(tmp_path / "broken", ProjectionEncoder(), mixed, progress=stop, **options)
    report = embed(tmp_path / "broken", ProjectionEncoder(), mixed, **options)
    assert len(report.skipped) == 16
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_out_of_memory_halves_the_batch_and_is_remembered(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    encoder = ProjectionEncoder(largest_batch=5)
    report = embed(tmp_path / "s", encoder, images, batch_size=40, shard_size=SHARD)
    assert (report.batch_size, report.n_embedded) == (5, N_IMAGES)
    assert encoder.batches[:2] == [16, 16]
    embed(tmp_path / "calm", ProjectionEncoder(), images, batch_size=5, shard_size=SHARD)
    assert contents(tmp_path / "s") == contents(tmp_path / "calm")
    resumed = ProjectionEncoder(largest_batch=5)
    write(tmp_path / "one more.png", encoded(noise(700), "PNG"))
    assert embed(tmp_path / "s", resumed, keyed([tmp_path / "one more.png"])).batch_size == 5


def test_progress_stays_right_when_a_shard_starts_again(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    class Tiring(ProjectionEncoder):
        """Runs out of memory only in its second shard."""

        def embed_images(self, batch: torch.Tensor) -> np.ndarray:
            self.largest_batch = 8 if len(self.batches) < 3 else 4
            return super().embed_images(batch)

    seen: list[int] = []
    report = embed(
        tmp_path / "s",
        Tiring(),
        images,
        batch_size=8,
        shard_size=SHARD,
        progress=lambda done, _: seen.append(done),
    )
    assert (report.n_embedded, report.batch_size) == (N_IMAGES, 4)
    assert seen[-1] == N_IMAGES
    assert max(seen) == N_IMAGES
    assert len(EmbeddingStore.open(tmp_path / "s")) == N_IMAGES


def test_no_memory_for_one_image_says_so(images: list[tuple[str, Path]], tmp_path: Path) -> None:
    with pytest.raises(EmbeddingsError, match="not enough memory for a single image"):
        embed(tmp_path / "s", ProjectionEncoder(largest_batch=0), images)


def test_an_error_of_the_encoder_is_not_hidden(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    class Broken(ProjectionEncoder):
        def embed_images(self, batch: torch.Tensor) -> np.ndarray:  # noqa: ARG002
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        embed(tmp_path / "s", Broken(), images)


def test_other_weights_or_preprocessing_are_refused(
    images: list[tuple[str, Path]], tmp_path: Path
) -> None:
    embed(tmp_path / "s", ProjectionEncoder(), images[:3])
    before = contents(tmp_path / "s")
    with pytest.raises(StoreMismatch, match=r"weights_digest changed.*Delete the folder"):
        embed(tmp_path / "s", ProjectionEncoder(weights_digest="1" * 64), images)
    other = ProjectionEncoder()
    other.preprocess_description = "resize to 9 x 9"
    with pytest.raises(StoreMismatch, match="preprocess changed"):
        embed(tmp_path / "s", other, images)
    assert contents(tmp_path / "s") == before
