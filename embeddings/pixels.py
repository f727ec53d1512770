"""Any decoded Pillow image to 8-bit sRGB, the right way up."""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageCms
from PIL.Image import Transpose

_ORIENTATION_TAG: Final = 0x0112
# EXIF 2.32, tag 274: what undoes each orientation.
_UNDO_ORIENTATION: Final = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SRGB_GAMMA: Final = 1 / 2.2
_DEEP_MODES: Final = ("I", "F")
_PROFILED_MODES: Final = ("RGB", "L", "CMYK")


def orientation(image: Image.Image) -> int:
    """EXIF orientation 1-8; 1 when absent or when the EXIF block is broken, as browsers do."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - Pillow's EXIF parser raises anything on a broken block
        return 1
    return value if value in _UNDO_ORIENTATION else 1


def is_srgb(image: Image.Image) -> bool:
    """Whether the colours can be shown without a conversion: no profile, or an sRGB one."""
    profile = image.info.get("icc_profile")
    if not profile:
        return True
    try:
        return "srgb" in ImageCms.getProfileDescription(_open_profile(profile)).lower()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return True


def to_upright_rgb(image: Image.Image) -> Image.Image:
    """8-bit sRGB: profile applied, deep greys scaled down, alpha over white, orientation undone.

    Integers above 8 bits are scaled by their type's range (16 bit) or their largest value;
    floats within 0..1 are taken as shares of white, others are stretched from least to largest.
    """
    turn = _UNDO_ORIENTATION.get(orientation(image))
    flat = _without_alpha(image) if image.has_transparency_data else _opaque_rgb(image)
    return flat if turn is None else flat.transpose(turn)


def _opaque_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in _DEEP_MODES:
        image = _eight_bit(image)
    if is_srgb(image):
        return image.convert("RGB")
    return _to_srgb(image if image.mode in _PROFILED_MODES else image.convert("RGB"))


def _without_alpha(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _opaque_rgb(image)
    layers = image.convert("RGBA")
    colours = image.convert("L") if image.mode == "LA" else layers.convert("RGB")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(_opaque_rgb(colours), mask=layers.getchannel("A"))
    return flat


def _eight_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if image.mode == "I" and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif image.mode == "I" and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = (finite - low) * (255.0 / (high - low or 1.0))
    return Image.fromarray(scaled.round().astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image:
    try:
        profile = _open_profile(image.info["icc_profile"])
        converted = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that does not fit the pixels is ignored, as browsers do.
        return image.convert("RGB")
    return image.convert("RGB") if converted is None else converted


def _open_profile(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def browser_agrees(image: Image.Image) -> bool:
    """Whether a browser shows the file's own bytes as `to_upright_rgb` does."""
    return (
        image.format in {"JPEG", "MPO", "PNG", "WEBP", "GIF"}
        and image.mode in {"RGB", "L", "P", "1"}
        and not image.has_transparency_data
        and (image.format == "MPO" or not getattr(image, "is_animated", False))
        and _gamma_is_srgb(image)
        and orientation(image) == 1
        and is_srgb(image)
    )


def _gamma_is_srgb(image: Image.Image) -> bool:
    gamma = image.info.get("gamma", _SRGB_GAMMA)
    return "srgb" in image.info or abs(gamma - _SRGB_GAMMA) < 1e-3
