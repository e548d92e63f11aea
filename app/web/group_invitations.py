"""Pages for invitations into groups: sending, revoking and accepting them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.responses import Response

from app.core.addresses import EmailAddress
from app.core.asking import Asked
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.core.paging import Paging
from app.core.text import Line
from app.edge.deps import Reads, Tx
from app.features.groups.admission import invite_person
from app.features.groups.invitations import (
    accept_invitation,
    invitation_page,
    invite_by_email,
    open_invitations,
    revoke_invitation,
)
from app.features.groups.policy import Act
from app.features.groups.reading import group_page
from app.models.groups import Group
from app.models.people import Person
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/groups")


class ByEmail(BaseModel):
    """Who is invited by mail."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[EmailAddress, Asked(N_("E-Mail-Adresse"), widget="email", autocomplete="off")]


class ByProfile(BaseModel):
    """Who is invited, of those who have a profile."""

    model_config = ConfigDict(extra="forbid")

    profile: Annotated[
        str,
        Line(300),
        Asked(
            N_("Profil"),
            hint=N_("Die Adresse des Profils, zum Beispiel …/people/kim-jaspert."),
            autocomplete="off",
        ),
    ]


class AcceptDraft(BaseModel):
    """What the invited person agrees to; ``accepted_charter`` is the version that was shown."""

    model_config = ConfigDict(extra="forbid")

    accepts: Annotated[bool, Asked(N_("Ich stimme der Gruppenordnung zu."))] = False
    accepted_charter: Annotated[int | None, Field(ge=1, le=100_000), Asked("", widget="hidden")] = (
        None
    )


class Continued(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str = Field("", max_length=2_000)


_LIST = "groups/invitations.html"
_ONE = "groups/invitation.html"


@router.get("/{slug}/invitations")
async def show_invitations(
    slug: str, page: CurrentPage, reads: Reads, asked: Annotated[Continued, Query()]
) -> Response:
    """Show the open invitations, and the forms that invite."""
    group = await group_page(reads, page.actor, slug)
    page.require(Act.MODERATE in group.viewer_can)
    paging = Paging(cursor=asked.cursor or None)
    return await page.render(
        _LIST,
        group=group,
        form=page.blank(ByEmail),
        known=page.blank(ByProfile),
        invitations=await open_invitations(reads, page.actor, group, paging),
    )


@router.post("/{group_id}/invitations")
async def invite(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Invite by mail."""
    group = await group_page(reads, page.actor, group_id)
    draft = await page.form(
        ByEmail,
        _LIST,
        group=group,
        known=page.blank(ByProfile),
        invitations=await open_invitations(reads, page.actor, group, Paging()),
    )
    await invite_by_email(tx, page.actor, group_id, draft.email)
    return page.go(f"/groups/{group.slug}/invitations", "group.invited")


@router.post("/{group_id}/members")
async def invite_known(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Invite a person who has a profile."""
    group = await group_page(reads, page.actor, group_id)
    draft = await page.form(
        ByProfile,
        _LIST,
        name="known",
        group=group,
        form=page.blank(ByEmail),
        invitations=await open_invitations(reads, page.actor, group, Paging()),
    )
    slug = draft.profile.rstrip("/").rpartition("/")[2].removeprefix("@")
    person_id = await tx.scalar(select(Person.id).where(Person.slug == slug))
    if person_id is None:
        text = N_("Dieses Profil gibt es hier nicht.")
        raise Invalid(FieldError(("profile",), "unknown_profile", text))
    await invite_person(tx, page.actor, group_id, person_id)
    return page.go(f"/groups/{group.slug}/invitations", "group.invited")


@router.post("/{group_id}/invitations/{invitation_id}/revoke")
async def revoke(
    group_id: UUID, invitation_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Take back an invitation by mail."""
    group = await group_page(reads, page.actor, group_id)
    await revoke_invitation(tx, page.actor, group_id, invitation_id)
    return page.go(f"/groups/{group.slug}/invitations", "group.invitation_revoked")


@router.get("/invitations/{token}")
async def show_invitation(token: str, page: CurrentPage, reads: Reads) -> Response:
    """Show what an invitation is into, and ask; this changes nothing."""
    invited = await invitation_page(reads, page.actor, token)
    form = page.blank(AcceptDraft, {"accepted_charter": invited.charter_version})
    return await page.render(_ONE, form=form, group=invited, token=token)


@router.post("/invitations/{token}")
async def accept(token: str, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Accept an invitation."""
    invited = await invitation_page(reads, page.actor, token)
    draft = await page.form(AcceptDraft, _ONE, group=invited, token=token)
    membership = await accept_invitation(
        tx,
        page.actor,
        token,
        accepted_charter=draft.accepted_charter if draft.accepts else None,
    )
    slug = await tx.scalar(select(Group.slug).where(Group.id == membership.group_id))
    return page.go(f"/groups/{slug}", "group.joined")
