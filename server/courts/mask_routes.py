"""Mask templates over HTTP: what of a courtroom's pictures nobody outside may see (rule B-16)."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from media import Layout
from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, answer_json, read_json
from server.courts.model import Masks, MaskTemplate
from server.courts.service import COURTS
from server.openapi import PREFIX, Operation, describe

MOST_MASKS = 64
_Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Side = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class MaskGiven(Body):
    """A rectangle in fractions of a camera's picture; ``layout`` "" means every layout."""

    layout: Layout | Literal[""] = ""
    camera: Annotated[str, Field(min_length=1, max_length=32)]
    x: _Fraction
    y: _Fraction
    width: _Side
    height: _Side
    method: Literal["fill", "pixelate"] = "fill"


class MasksGiven(Body):
    """All mask templates of a courtroom. ``required``: a layout without any is not shown."""

    required: bool = False
    masks: list[MaskGiven] = Field(default_factory=list, max_length=MOST_MASKS)


class MaskView(BaseModel):
    """A rectangle that is always hidden."""

    layout: str
    camera: str
    x: float
    y: float
    width: float
    height: float
    method: str


class MasksView(BaseModel):
    """All mask templates of a courtroom."""

    required: bool
    masks: list[MaskView]


def _view(masks: Masks) -> MasksView:
    return MasksView(
        required=masks.required,
        masks=[
            MaskView(
                layout=one.layout,
                camera=one.camera,
                x=one.x,
                y=one.y,
                width=one.width,
                height=one.height,
                method=one.method,
            )
            for one in masks.templates
        ],
    )


@describe(Operation("What a courtroom's pictures always hide", answer=MasksView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_masks(request: web.Request) -> web.Response:
    """Show the mask templates of a courtroom."""
    service = request.app[COURTS]
    room = await service.courtroom(request.match_info["courtroom"])
    person_of(request).must(Permission.WATCH_ROOM, room.court)
    return answer_json(_view(await service.masks(room.id)))


@describe(
    Operation(
        "Set what a courtroom's pictures always hide",
        body=MasksGiven,
        answer=MasksView,
        problems=(404,),
    )
)
@requires(Permission.EQUIP)
async def set_masks(request: web.Request) -> web.Response:
    """Replace the mask templates; a broadcast that is on the air keeps what it began with."""
    given = await read_json(request, MasksGiven)
    masks = Masks(given.required, tuple(MaskTemplate(**one.model_dump()) for one in given.masks))
    service = request.app[COURTS]
    return answer_json(
        _view(await service.set_masks(request.match_info["courtroom"], masks, person_of(request)))
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(f"{PREFIX}/courtrooms/{{courtroom}}/masks", show_masks)
    app.router.add_put(f"{PREFIX}/courtrooms/{{courtroom}}/masks", set_masks)
