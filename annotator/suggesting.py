"""Suggested questions: whether images may be sent to a model at all, and asking it for one."""

import io
from typing import Any, Final

from fastapi.concurrency import run_in_threadpool
from PIL.Image import Resampling

from annotator.endpoint import EndpointFailed as EndpointFailed
from annotator.endpoint import ask_endpoint, endpoint_address
from annotator.errors import AppError
from annotator.settings import Settings
from annotator.studio import Studio
from db.suggestion_tables import SuggestionKind
from db.suggestions import get_switch, record_suggestion, set_switch, tally_suggestions
from db.views import ImageView, PairCard
from embeddings.images import indexed_image
from evaluation.patterns import PatternSet

MOST_PIXELS_A_SIDE: Final = 768


class SuggestingOff(AppError):
    """No model is set up, or no admin allowed to send images to it."""


def suggesting_state(studio: Studio) -> dict[str, Any]:
    """Whether a model is set up and may be used, where it is, and who allowed it when.

    What was allowed for one address and model does not hold for another.
    """
    settings, switch = studio.settings, get_switch(studio.database)
    endpoint, model = endpoint_address(settings), settings.llm_model or ""
    configured = bool(endpoint and model)
    same = switch is not None and (switch.endpoint, switch.model) == (endpoint, model)
    return {
        "configured": configured,
        "enabled": configured and same and switch is not None and switch.enabled,
        "endpoint": endpoint,
        "model": model,
        "has_key": settings.llm_api_key is not None,
        "pixels": MOST_PIXELS_A_SIDE,
        "last": switch
        and {
            "enabled": switch.enabled,
            "endpoint": switch.endpoint,
            "model": switch.model,
            "by": switch.by,
            "at": switch.at.isoformat(),
        },
    }


def allowed_model(studio: Studio) -> Settings:
    """The settings of a model that an admin lets the workspace's content be sent to.

    Raises:
        SuggestingOff: there is none.
    """
    if not suggesting_state(studio)["enabled"]:
        raise SuggestingOff(
            "No model may be asked: what is here stays on this machine.",
            hint="An admin can allow one.",
        )
    return studio.settings


def allow_suggesting(studio: Studio, *, enabled: bool, annotator_id: int) -> None:
    """Turns sending images to the model that is set up on or off, and notes who did.

    Raises:
        SuggestingOff: there is none.
    """
    state = suggesting_state(studio)
    if enabled and not state["configured"]:
        raise SuggestingOff(
            "No model is set up.", hint="Set MMVP_LLM_BASE_URL and MMVP_LLM_MODEL, then restart."
        )
    set_switch(
        studio.database,
        enabled=enabled,
        endpoint=state["endpoint"],
        model=state["model"],
        annotator_id=annotator_id,
    )


async def suggest_question(
    studio: Studio, card: PairCard, patterns: PatternSet, *, annotator_id: int
) -> dict[str, Any]:
    """A question for this pair by the model, kept as shown; the answers stay the writer's.

    Raises:
        SuggestingOff: sending images is not allowed.
        EndpointFailed: the model gave none.
        UnreadableImage: an image changed or vanished.
    """
    state = await run_in_threadpool(suggesting_state, studio)
    if not state["enabled"]:
        raise SuggestingOff(
            "Suggestions are off: images stay on this machine.", hint="An admin can allow them."
        )
    pictures = [
        await run_in_threadpool(_picture, image, studio.settings.max_pixels)
        for image in (card.first, card.second)
    ]
    answer = await ask_endpoint(studio.settings, pictures, patterns)
    fields = answer.fields(patterns)

    def keep() -> int:
        return record_suggestion(
            studio.database,
            card.id,
            annotator_id=annotator_id,
            kind=SuggestionKind.question,
            source=state["model"],
            fields=fields,
        )

    return {"id": await run_in_threadpool(keep), "source": state["model"], "fields": fields}


def _picture(image: ImageView, max_pixels: int) -> bytes:
    """The picture as it is sent: smaller, and without what a camera wrote into the file."""
    if image.path is None:
        raise AppError("this image was no longer there at the last index.", where=image.file_name)
    shown = indexed_image(image.path, image.sha256, max_pixels=max_pixels)
    shown.thumbnail((MOST_PIXELS_A_SIDE, MOST_PIXELS_A_SIDE), Resampling.LANCZOS)
    content = io.BytesIO()
    shown.save(content, "JPEG", quality=88)
    return content.getvalue()


def suggestion_rates(studio: Studio) -> list[dict[str, Any]]:
    """What became of the suggestions, by kind and source, as JSON values."""
    return [
        {
            "kind": one.kind.value,
            "source": one.source,
            "shown": one.shown,
            "accepted": one.accepted,
            "edited": one.edited,
            "dismissed": one.dismissed,
            "open": one.open,
        }
        for one in tally_suggestions(studio.database)
    ]
