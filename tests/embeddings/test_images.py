"""The decoder: every format and mode upright, in 8-bit sRGB, the same for all who look."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from embeddings.images import (
    UnreadableImage,
    export_jpeg,
    load_upright,
    thumbnail_jpeg,
    viewer_bytes,
)
from tests.embeddings.pictures import QUARTERS, corners, encoded, far, noise, quarters, write

LOSSY = 12
UPRIGHT = quarters()
# How a camera held in each way would store the upright scene.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def with_orientation(orientation: int, format_name: str, **options: object) -> bytes:
    turn = STORED[orientation]
    stored = UPRIGHT if turn is None else UPRIGHT.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(stored, format_name, exif=exif, **options)


def sixteen_bit(format_name: str) -> bytes:
    values = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    return encoded(Image.fromarray(values), format_name)


FILES = {
    "rgb.jpg": encoded(UPRIGHT, "JPEG", quality=95),
    "grey.jpg": encoded(UPRIGHT.convert("L"), "JPEG"),
    "progressive.jpg": encoded(UPRIGHT, "JPEG", progressive=True),
    "cmyk.jpg": encoded(UPRIGHT.convert("CMYK"), "JPEG", quality=95),
    "turned.jpg": with_orientation(6, "JPEG", quality=95),
    "rgb.png": encoded(UPRIGHT, "PNG"),
    "grey.png": encoded(UPRIGHT.convert("L"), "PNG"),
    "palette.png": encoded(UPRIGHT.quantize(4), "PNG"),
    "bit.png": encoded(UPRIGHT.convert("1"), "PNG"),
    "alpha.png": encoded(UPRIGHT.convert("RGBA"), "PNG"),
    "grey-alpha.png": encoded(UPRIGHT.convert("LA"), "PNG"),
    "deep.png": sixteen_bit("PNG"),
    "turned.png": with_orientation(8, "PNG"),
    "lossless.webp": encoded(UPRIGHT, "WEBP", lossless=True),
    "lossy.webp": encoded(noise(1), "WEBP", quality=90),
    "alpha.webp": encoded(UPRIGHT.convert("RGBA"), "WEBP", lossless=True),
    "turned.webp": with_orientation(3, "WEBP", lossless=True),
    "still.gif": encoded(UPRIGHT, "GIF"),
    "moving.gif": encoded(
        UPRIGHT, "GIF", save_all=True, append_images=[noise(2, 48, 32)], duration=50
    ),
    "plain.bmp": encoded(UPRIGHT, "BMP"),
    "plain.tif": encoded(UPRIGHT, "TIFF"),
    "packed.tif": encoded(UPRIGHT, "TIFF", compression="tiff_lzw"),
    "cmyk.tif": encoded(UPRIGHT.convert("CMYK"), "TIFF"),
    "deep.tif": sixteen_bit("TIFF"),
    "turned.tif": with_orientation(5, "TIFF"),
}


@pytest.fixture(params=sorted(FILES))
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write(tmp_path / request.param, FILES[request.param])


def test_every_kind_becomes_eight_bit_rgb(file: Path) -> None:
    image = load_upright(file)
    assert image.mode == "RGB"
    # A file format is a matter of its bytes, not of its name.
    anonymous = file.rename(file.with_suffix(".data"))
    assert far(load_upright(anonymous), image) == 0


def test_the_browser_is_shown_what_the_encoder_sees(file: Path) -> None:
    content, media_type = viewer_bytes(file)
    shown = Image.open(io.BytesIO(content))
    assert Image.MIME[shown.format or ""] == media_type
    assert media_type in {"image/jpeg", "image/png", "image/webp", "image/gif"}
    # What a browser could show otherwise than Pillow without options: nothing of it is left.
    assert shown.mode in {"RGB", "L", "P", "1"}
    assert not shown.has_transparency_data
    assert shown.getexif().get(0x0112, 1) == 1
    assert not getattr(shown, "is_animated", False)
    assert far(shown.convert("RGB"), load_upright(file)) <= LOSSY


def test_the_export_is_a_jpeg_of_what_the_encoder_sees(file: Path) -> None:
    content = export_jpeg(file)
    exported = Image.open(io.BytesIO(content))
    assert exported.format == "JPEG"
    assert exported.mode in {"RGB", "L"}
    assert exported.getexif().get(0x0112, 1) == 1
    assert far(exported.convert("RGB"), load_upright(file)) <= LOSSY
    assert export_jpeg(file) == content


@pytest.mark.parametrize("name", ["rgb.jpg", "grey.jpg", "progressive.jpg"])
def test_an_upright_jpeg_keeps_its_bytes(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, FILES[name])
    assert export_jpeg(path) == FILES[name]
    assert viewer_bytes(path) == (FILES[name], "image/jpeg")


@pytest.mark.parametrize("name", ["rgb.png", "palette.png", "lossless.webp", "still.gif"])
def test_what_browsers_show_right_is_not_encoded_again(name: str, tmp_path: Path) -> None:
    assert viewer_bytes(write(tmp_path / name, FILES[name]))[0] == FILES[name]


@pytest.mark.parametrize("orientation", sorted(STORED))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_eight_orientations_come_out_upright(
    orientation: int, format_name: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "turned", with_orientation(orientation, format_name))
    image = load_upright(path)
    assert image.size == UPRIGHT.size
    assert far(corners(image), QUARTERS) <= LOSSY
    thumbnail = Image.open(io.BytesIO(thumbnail_jpeg(image)))
    assert far(corners(thumbnail.convert("RGB")), QUARTERS) <= 3 * LOSSY
    assert far(corners(Image.open(io.BytesIO(viewer_bytes(path)[0]))), QUARTERS) <= LOSSY
    assert far(corners(Image.open(io.BytesIO(export_jpeg(path)))), QUARTERS) <= LOSSY


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0"])
def test_a_broken_exif_block_is_no_orientation(exif: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", encoded(UPRIGHT, "JPEG", exif=exif))
    assert far(corners(load_upright(path)), QUARTERS) <= LOSSY


def test_alpha_lies_over_white(tmp_path: Path) -> None:
    layers = Image.new("RGBA", (10, 10), (0, 0, 255, 0))
    layers.paste((255, 0, 0, 128), (0, 0, 5, 10))
    for name, content in {
        "a.png": encoded(layers, "PNG"),
        "a.webp": encoded(layers, "WEBP", lossless=True),
        "a.tif": encoded(layers, "TIFF"),
    }.items():
        image = load_upright(write(tmp_path / name, content))
        assert image.getpixel((8, 5)) == (255, 255, 255)
        assert far(image.getpixel((2, 5)), (255, 127, 127)) <= 1


def test_a_transparent_colour_lies_over_white(tmp_path: Path) -> None:
    palette = UPRIGHT.quantize(4)
    hidden = palette.getpixel((1, 1))
    for name in ("a.png", "a.gif"):
        content = encoded(palette, Path(name).suffix[1:].upper(), transparency=hidden)
        image = load_upright(write(tmp_path / name, content))
        assert image.getpixel((1, 1)) == (255, 255, 255)
        assert far(image.getpixel((47, 1)), QUARTERS[1]) <= 2


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bits_keep_their_range(name: str, tmp_path: Path) -> None:
    grey = np.asarray(load_upright(write(tmp_path / name, FILES[name])).convert("L"), dtype=int)
    assert (grey.min(), grey.max()) == (0, 255)
    assert np.all(np.diff(grey.ravel()) >= 0)
    assert len(np.unique(grey)) == 256


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[-4.0, 0.0, 4.0]], np.float32), [0, 128, 255]),
        (np.array([[7.0, 7.0, 7.0]], np.float32), [0, 0, 0]),
        (np.array([[np.nan, np.inf, 1.0]], np.float32), [0, 0, 255]),
        (np.array([[0, 100, 255]], np.int32), [0, 100, 255]),
        (np.array([[0, 32768, 65535]], np.int32), [0, 128, 255]),
        (np.array([[0, 500_000, 1_000_000]], np.int32), [0, 128, 255]),
    ],
)
def test_deep_and_float_tiffs_are_scaled(
    values: np.ndarray, expected: list[int], tmp_path: Path
) -> None:
    path = write(tmp_path / "deep.tif", encoded(Image.fromarray(values), "TIFF"))
    assert np.asarray(load_upright(path))[0, :, 0].tolist() == expected


def test_cmyk_keeps_its_colours(tmp_path: Path) -> None:
    for name in ("cmyk.jpg", "cmyk.tif"):
        image = load_upright(write(tmp_path / name, FILES[name]))
        assert far(corners(image), QUARTERS) <= LOSSY


def test_the_first_frame_counts(tmp_path: Path) -> None:
    image = load_upright(write(tmp_path / "moving.gif", FILES["moving.gif"]))
    assert far(corners(image), QUARTERS) <= LOSSY


def swapped_profile() -> bytes:
    """An sRGB profile whose red and blue primaries changed places, under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        profile.replace(b"rXYZ", b"tmp_", 1)
        .replace(b"bXYZ", b"rXYZ", 1)
        .replace(b"tmp_", b"bXYZ", 1)
        .replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    )


def test_another_colour_profile_is_applied(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", encoded(UPRIGHT, "JPEG", icc_profile=swapped_profile()))
    expected = [(blue, green, red) for red, green, blue in QUARTERS]
    assert far(corners(load_upright(path)), expected) <= 2 * LOSSY
    for content in (viewer_bytes(path)[0], export_jpeg(path)):
        shown = Image.open(io.BytesIO(content))
        assert "icc_profile" not in shown.info
        assert far(corners(shown), expected) <= 2 * LOSSY


def test_an_srgb_or_broken_profile_changes_nothing(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all"):
        path = write(tmp_path / "a.png", encoded(UPRIGHT, "PNG", icc_profile=profile))
        assert far(load_upright(path), UPRIGHT) == 0


@settings(deadline=None, max_examples=50)
@given(
    width=st.integers(1, 900),
    height=st.integers(1, 900),
    side=st.integers(1, 320),
)
def test_thumbnails_fit_and_keep_the_shape(width: int, height: int, side: int) -> None:
    thumbnail = Image.open(io.BytesIO(thumbnail_jpeg(Image.new("RGB", (width, height)), side=side)))
    assert thumbnail.format == "JPEG"
    assert max(thumbnail.size) == min(side, max(width, height))
    scale = max(thumbnail.size) / max(width, height)
    assert abs(thumbnail.width - width * scale) <= 1
    assert abs(thumbnail.height - height * scale) <= 1


def test_the_pixel_limit_is_an_argument(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", encoded(UPRIGHT, "PNG"))
    pixels = UPRIGHT.width * UPRIGHT.height
    assert load_upright(path, max_pixels=pixels).size == UPRIGHT.size
    with pytest.raises(UnreadableImage) as caught:
        load_upright(path, max_pixels=pixels - 1)
    assert caught.value.reason == "too large"
    assert "48 x 32" in str(caught.value)


def test_pillows_own_global_limit_plays_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = write(tmp_path / "a.png", encoded(UPRIGHT, "PNG"))
    assert load_upright(path).size == UPRIGHT.size
    assert Image.MAX_IMAGE_PIXELS == 100
