"""JSON endpoints for the picture of a person and the logo of a company."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import ContractRouter, Out, operation
from app.core.errors import Forbidden, NotFound
from app.edge.deps import CurrentActor, Tx
from app.features.companies.picturing import set_logo
from app.features.people.picturing import set_picture

router = ContractRouter(tags=["media"])


class PictureIn(BaseModel):
    """Which of your uploaded pictures is shown."""

    model_config = ConfigDict(extra="forbid")

    medium_id: UUID = Field(description="A picture that you have uploaded.")


class PictureOut(Out):
    medium_id: UUID
    url: str = Field(description="The picture, 256 pixels at most.")


def _out(medium_id: UUID) -> PictureOut:
    return PictureOut(medium_id=medium_id, url=f"/media/{medium_id}/256")


@router.put(
    "/me/picture",
    response_model=PictureOut,
    summary="Choose the picture of your profile",
    **operation(scope="people:write", has_body=True),
)
async def choose_picture(chosen: PictureIn, actor: CurrentActor, tx: Tx) -> PictureOut:
    """Everybody who sees your profile sees it."""
    await set_picture(tx, actor, chosen.medium_id)
    return _out(chosen.medium_id)


@router.delete(
    "/me/picture",
    status_code=204,
    summary="Take the picture from your profile",
    **operation(scope="people:write"),
)
async def take_picture_away(actor: CurrentActor, tx: Tx) -> None:
    """Twice is as good as once."""
    await set_picture(tx, actor, None)


@router.put(
    "/companies/{company_id}/logo",
    response_model=PictureOut,
    summary="Choose the logo of a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden), has_body=True),
)
async def choose_logo(
    company_id: UUID, chosen: PictureIn, actor: CurrentActor, tx: Tx
) -> PictureOut:
    """For its owners and editors; the picture is one that you have uploaded."""
    await set_logo(tx, actor, company_id, chosen.medium_id)
    return _out(chosen.medium_id)


@router.delete(
    "/companies/{company_id}/logo",
    status_code=204,
    summary="Take the logo from a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden)),
)
async def take_logo_away(company_id: UUID, actor: CurrentActor, tx: Tx) -> None:
    """For its owners and editors; twice is as good as once."""
    await set_logo(tx, actor, company_id, None)
