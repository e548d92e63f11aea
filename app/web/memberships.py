"""Pages for belonging to a group: joining, leaving, its members, and deciding about them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.text import Prose
from app.edge.deps import Reads, Tx
from app.features.groups.admission import dismiss
from app.features.groups.deciding import DecidedStanding, decide
from app.features.groups.members import Member, MemberOrder, member_of, members_of
from app.features.groups.membership import join_group, leave_group
from app.features.groups.policy import RUNNING, Act, MemberAct
from app.features.groups.reading import GroupPage, group_page
from app.features.groups.standings import hand_over
from app.models.groups import Admission, Standing
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/groups")


class JoinDraft(BaseModel):
    """What is asked of a newcomer; ``accepted_charter`` is the version that was shown."""

    model_config = ConfigDict(extra="forbid")

    request_text: Annotated[
        str,
        Prose(1_000, 0),
        Asked(N_("Ein Wort an die Gruppe"), widget="textarea", rows=3),
    ] = ""
    accepts: Annotated[bool, Asked(N_("Ich stimme der Gruppenordnung zu."))] = False
    accepted_charter: Annotated[int | None, Field(ge=1, le=100_000), Asked("", widget="hidden")] = (
        None
    )


_SAID = (
    (Standing.MEMBER, N_("Mitglied")),
    (Standing.MODERATOR, N_("Moderation: nimmt auf, lädt ein und schließt aus")),
    (Standing.OWNER, N_("Inhaberschaft: darf alles, auch die Gruppe ändern")),
    (Standing.REFUSED, N_("Anfrage ablehnen")),
    (Standing.BANNED, N_("Aus der Gruppe ausschließen")),
)


class DecisionDraft(BaseModel):
    """What those who run a group decide about a person."""

    model_config = ConfigDict(extra="forbid")

    standing: Annotated[
        DecidedStanding,
        Asked(
            N_("Entscheidung"),
            widget="radios",
            choices=lambda locale: [(one.value, translate(say, locale)) for one, say in _SAID],
        ),
    ]
    reason: Annotated[
        str,
        Prose(1_000, 0),
        Asked(
            N_("Begründung"),
            hint=N_("Die Person erfährt sie, wenn Sie ablehnen oder ausschließen."),
            widget="textarea",
            rows=3,
        ),
    ] = ""


class MembersShown(BaseModel):
    """Which members, in which order."""

    model_config = ConfigDict(extra="forbid")

    show: Standing | None = None
    order: MemberOrder = MemberOrder.STANDING
    cursor: str = Field("", max_length=2_000)


@router.get("/{slug}/join")
async def ask_to_join(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the charter, and ask for a word where somebody decides."""
    page.require(page.actor.is_signed_in)
    group = await group_page(reads, page.actor, slug)
    page.require(Act.JOIN in group.viewer_can)
    form = page.blank(JoinDraft, {"accepted_charter": group.charter_version})
    return await page.render("groups/join.html", form=form, group=group, asks=_asks(group))


def _asks(group: GroupPage) -> list[str]:
    decided = group.admission != Admission.OPEN and group.standing != Standing.INVITED
    return [*(["request_text"] if decided else []), *(["accepts"] if group.charter else [])]


@router.post("/{group_id}/join")
async def join(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Join, or ask to."""
    group = await group_page(reads, page.actor, group_id)
    draft = await page.form(JoinDraft, "groups/join.html", group=group, asks=_asks(group))
    membership = await join_group(
        tx,
        page.actor,
        group_id,
        accepted_charter=draft.accepted_charter if draft.accepts else None,
        request_text=draft.request_text,
    )
    notice = "group.requested" if membership.standing == Standing.REQUESTED else "group.joined"
    return page.go(f"/groups/{group.slug}", notice)


@router.get("/{slug}/leave")
async def ask_to_leave(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Ask whether the reader really means to leave."""
    group = await group_page(reads, page.actor, slug)
    page.require(Act.LEAVE in group.viewer_can)
    return await page.render("groups/leave.html", group=group)


@router.post("/{group_id}/leave")
async def leave(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Leave, withdraw a request, or decline an invitation."""
    group = await group_page(reads, page.actor, group_id)
    await leave_group(tx, page.actor, group_id)
    notice = {Standing.REQUESTED: "group.request_withdrawn", Standing.INVITED: "group.declined"}
    path = "/groups" if group.admission == Admission.HIDDEN else f"/groups/{group.slug}"
    return page.go(path, notice.get(group.standing or Standing.MEMBER, "group.left"))


@router.get("/{slug}/members")
async def show_members(
    slug: str, page: CurrentPage, reads: Reads, asked: Annotated[MembersShown, Query()]
) -> Response:
    """Show who belongs to a group; to those who run it, also who waits or is shut out."""
    group = await group_page(reads, page.actor, slug)
    found = await members_of(
        reads,
        page.actor,
        group,
        Paging(cursor=asked.cursor or None),
        standing=asked.show,
        order=asked.order,
    )
    return await page.render(
        "groups/members.html",
        group=group,
        asked=asked,
        members=found.items,
        next=found.next,
        runs=group.standing in RUNNING,
    )


@router.get("/{slug}/members/{person_id}")
async def ask_to_decide(slug: str, person_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show what can be decided about a person."""
    group = await group_page(reads, page.actor, slug)
    page.require(group.standing in RUNNING)
    member = await member_of(reads, page.actor, group, person_id)
    form = page.blank(DecisionDraft, {"standing": member.standing}, version=member.version)
    form["standing"].options = [
        option for option in form["standing"].options if option.value in _open_to(member)
    ]
    return await page.render("groups/member.html", form=form, group=group, member=member)


def _open_to(member: Member) -> set[str]:
    can = member.viewer_can
    return {
        *([Standing.MEMBER] if MemberAct.ADMIT in can else []),
        *([Standing.REFUSED] if MemberAct.REFUSE in can else []),
        *([Standing.BANNED] if MemberAct.BAN in can else []),
        *(
            [Standing.MEMBER, Standing.MODERATOR, Standing.OWNER]
            if MemberAct.SET_STANDING in can
            else []
        ),
    }


@router.post("/{group_id}/members/{person_id}")
async def decide_about(
    group_id: UUID, person_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Admit, refuse, ban, or give a member another task."""
    group = await group_page(reads, page.actor, group_id)
    page.require(group.standing in RUNNING)
    member = await member_of(reads, page.actor, group, person_id)
    draft = await page.form(DecisionDraft, "groups/member.html", group=group, member=member)
    await decide(
        tx,
        page.actor,
        group_id,
        person_id,
        draft.standing,
        reason=draft.reason,
        expected=await page.version(),
    )
    waiting = "?show=requested" if member.standing == Standing.REQUESTED else ""
    return page.go(f"/groups/{group.slug}/members{waiting}", "group.decided")


@router.post("/{group_id}/members/{person_id}/remove")
async def remove(
    group_id: UUID, person_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Take back an invitation, remove a member, or lift a ban."""
    group = await group_page(reads, page.actor, group_id)
    await dismiss(tx, page.actor, group_id, person_id, expected=await page.version())
    return page.go(f"/groups/{group.slug}/members", "group.removed")


@router.post("/{group_id}/members/{person_id}/hand-over")
async def pass_on(
    group_id: UUID, person_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Hand the group over to a member."""
    group = await group_page(reads, page.actor, group_id)
    await hand_over(tx, page.actor, group_id, person_id)
    return page.go(f"/groups/{group.slug}", "group.handed_over")
