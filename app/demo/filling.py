"""The demo region, made through use-cases only: the same network every time.

People sign up and found their companies, invite colleagues, found and join groups, write, answer
and accept answers, each on the day that the content names. Nobody is told of what lies in the past.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import transaction
from app.core.passwords import hash_password
from app.demo import content, firms
from app.demo.logins import DEMO_PASSWORD, LOGINS, OPERATOR
from app.demo.taking_part import come_unannounced, take_part
from app.features.accounts.operators import add_operator
from app.features.accounts.signing_up import open_account
from app.features.companies.contacts import ContactDraft, add_contact
from app.features.companies.founding import found_company
from app.features.companies.invitations import InvitationDraft, accept_invitation, invite_staff
from app.features.companies.staff import StaffChanges, change_staff
from app.features.feed.filing import file_post
from app.features.follows.following import FollowDraft, follow
from app.features.groups.admission import admit, invite_person
from app.features.groups.founding import GroupDraft, found_group
from app.features.groups.membership import join_group
from app.features.groups.standings import set_standing
from app.features.inquiries.answering import move_inquiry, read_inquiry_now
from app.features.inquiries.asking import ask_about
from app.features.inquiries.drafts import StateDraft, inquiry_draft_of
from app.features.matching.finding import match_post
from app.features.neutrality.reporting import count_standing
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.features.people.profile import PersonChanges, edit_profile
from app.features.pools.joining import ShareDraft, join_pool
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.posts.reactions import find_post_helpful, find_reply_helpful
from app.features.posts.replying import ReplyDraft, accept_answer, reply_to
from app.features.search.keeping import keep_up
from app.features.statistics.counting import count_everything
from app.features.succession.mediating import MediatorDraft, choose_mediator
from app.models.accounts import Account
from app.models.companies import StaffRole
from app.models.groups import Admission, Group, Standing
from app.models.inquiries import InquiryState
from app.models.mails import OutgoingMail
from app.models.people import Person
from app.models.search import Thing
from app.runtime import Runtime

_TOPICS = {
    "apprenticeship": r"ausbild|berufsschul|prüfung|lehrwerk|praktik",
    "succession": r"nachfolge|unternehmensbewertung",
    "foreign_trade": r"außenwirt|zoll|ursprung|ausfuhr|import|export|lieferantenerkl",
    "sites": r"gewerbegebiet|fläche|standort|ansiedlung",
    "skilled_workers": r"fachkräft|anerkennung|personal|sprach",
    "digitalisation": r"digital|e-rechnung|informationssich|website",
    "funding": r"förder|zuschuss",
    "family": r"familie",
    "care": r"pflege",
    "urban_development": r"innenstadt|stadtentwick",
}

# What the members follow whom a newcomer can be, so that their feeds show something.
_FOLLOWED = {
    "firm": (("place", "Bochum"), ("kind", "freight_request"), ("kind", "grant")),
    "chamber": (("place", "Hattingen"), ("kind", "question"), ("sector", "2008:H")),
    "operator": (("place", "Witten"), ("kind", "discussion"), ("kind", "apprenticeship")),
}


@dataclass
class _World:
    """What has been made so far, by the keys of the content."""

    region: content.Region
    now: datetime
    password_hash: str
    people: dict[str, Actor] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    companies: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)
    listings: dict[str, UUID] = field(default_factory=dict)

    def voice(self, said: content.Voiced | content.Share) -> UUID | None:
        """Return the company for which something is said, if it is."""
        return self.companies[self._works_for(said.author)] if said.as_company else None

    def helped(self, said: content.Said) -> list[Actor]:
        """Return whom something helped; a company's own people do not praise what it says."""
        own = self._works_for(said.author) if said.as_company else None
        return [
            self.people[key] for key in said.helpful if own is None or self._works_for(key) != own
        ]

    def _works_for(self, person: str) -> str:
        return next(one.company or "" for one in self.region.people if one.key == person)


async def fill_demo(runtime: Runtime) -> None:
    """Fill an empty instance with the region's members, groups and conversations.

    Called once, on tables and reference data only; when it is interrupted, its caller empties
    the instance and calls again.
    """
    hashed = await hash_password(DEMO_PASSWORD, runtime.settings.hashing)
    world = _World(content.demo_region(), clock.now(), hashed)
    with clock.set_to(world.now - timedelta(days=450)):
        async with transaction(runtime.sessions) as session:
            await _people(session, world)
            await _companies(session, world)
            await _firms(session, world)
            await _operator(session, world)
    async with transaction(runtime.sessions) as session:
        for group in world.region.groups:
            await _group(session, world, group)
    for post in world.region.posts:
        async with transaction(runtime.sessions) as session:
            await _conversation(session, world, post)
    for listing in world.region.listings:
        async with transaction(runtime.sessions) as session:
            await _listing(session, world, listing)
    async with transaction(runtime.sessions) as session:
        for listing in world.region.listings:
            for inquiry in listing.inquiries:
                await _inquiry(session, world, listing, inquiry)
            for share in listing.shares:
                await _share(session, world, listing, share)
            for one in listing.registrations:
                await take_part(
                    session,
                    world.people[listing.author],
                    world.listings[listing.key],
                    one,
                    world.people[one.author],
                    company_id=world.voice(one),
                    registered_at=one.said_at(world.now),
                )
            for guest in listing.walk_ins:
                keeper, post_id = world.people[listing.author], world.listings[listing.key]
                await come_unannounced(session, keeper, post_id, guest)
    async with transaction(runtime.sessions) as session:
        for thing in Thing:
            await keep_up(session, thing)
        await _follows(session)
        await count_everything(session)
        await count_standing(session)
        await session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))
        await session.execute(text("DELETE FROM outgoing_mails"))


def _topics(words: tuple[str, ...]) -> list[str]:
    said = " ".join(words).lower()
    return [code for code, pattern in _TOPICS.items() if re.search(pattern, said)]


async def _open(session: Session, world: _World, email: str, name: str) -> tuple[Actor, Person]:
    account, person = await open_account(
        session, email=email, name=name, password_hash=world.password_hash, locale="de"
    )
    return Actor(person_id=person.id, account_id=account.id), person


async def _people(session: Session, world: _World) -> None:
    for said in world.region.people:
        actor, person = await _open(session, world, said.email, said.name)
        profile = PersonChanges.model_validate(
            {
                "headline": said.headline,
                "function": said.function,
                "about": said.about,
                "place": said.postcode,
                "topics": _topics(said.topics),
                "languages": list(said.languages),
                "phone": said.phone,
                "contact_email": said.email,
            }
        )
        await edit_profile(session, actor, profile)
        world.people[said.key], world.slugs[said.key] = actor, person.slug


async def _companies(session: Session, world: _World) -> None:
    for said in world.region.companies:
        staff = [person for person in world.region.people if person.company == said.key]
        staff.sort(key=lambda person: ("owner", "editor", "member").index(person.role))
        owner = world.people[staff[0].key]
        kind, _, number = (said.register_number or "").partition(" ")
        draft = firms.draft_of(
            said,
            form=said.form,
            register_court=said.register_court,
            register_type=kind or None,
            register_number=number or None,
            mediates_successions=said.mediates_successions,
        )
        company = await found_company(session, owner, draft)
        world.companies[said.key] = company.id
        for person in staff[1:]:
            await _colleague(session, world, owner, company.id, person)
        for person in staff:
            if person.contact:
                await _contact(session, world, owner, company.id, person)


async def _colleague(
    session: Session, world: _World, owner: Actor, company_id: UUID, person: content.Person
) -> None:
    role = StaffRole(person.role)
    invitation = InvitationDraft(email=person.email, role=role)
    await invite_staff(session, owner, company_id, invitation)
    token = await _mailed_token(session, person.email)
    joined = await accept_invitation(session, world.people[person.key], token)
    change = StaffChanges.model_validate({"function": person.function})
    await change_staff(session, owner, company_id, joined.id, change)


async def _mailed_token(session: Session, email: str) -> str:
    """Read the invitation as the invited person does: in the mail."""
    mail = await session.scalar(
        select(OutgoingMail.text)
        .where(OutgoingMail.recipient == email)
        .order_by(OutgoingMail.id.desc())
        .limit(1)
    )
    found = re.search(r"/invitations/(\S+)", mail or "")
    assert found  # noqa: S101 - every invitation has its link
    return found[1]


async def _contact(
    session: Session, world: _World, owner: Actor, company_id: UUID, person: content.Person
) -> None:
    for topic in _topics(person.topics):
        draft = ContactDraft.model_validate(
            {"person_id": world.people[person.key].person_id, "topic": topic}
        )
        await add_contact(session, owner, company_id, draft)


async def _firms(session: Session, world: _World) -> None:
    for number, firm in enumerate(world.region.firms()):
        owner, _ = await _open(session, world, firm.email, firms.owner_name(number))
        await found_company(session, owner, firms.draft_of(firm))


async def _operator(session: Session, world: _World) -> None:
    await _open(session, world, OPERATOR.email, "Technischer Betrieb")
    await add_operator(session, OPERATOR.email)


async def _group(session: Session, world: _World, said: content.Group) -> None:
    founded = world.now - timedelta(days=said.founded_days_ago)
    with clock.set_to(founded):
        draft = GroupDraft.model_validate(
            {
                "name": said.name,
                "description": said.description,
                "charter": said.charter,
                "admission": said.admission,
                "topics": _topics((said.name, *said.topics))[:5],
                "places": list(said.places),
            }
        )
        founder = world.people[said.founder]
        group = await found_group(session, founder, draft)
    world.groups[said.key] = group.id
    newcomers = (*said.moderators, *said.members)
    for number, key in enumerate(newcomers, start=1):
        with clock.set_to(founded + timedelta(days=number / 4)):
            await _newcomer(session, founder, group, world.people[key])
    for key in said.moderators:
        person_id = world.people[key].person_id
        assert person_id is not None  # noqa: S101 - opened above
        await set_standing(session, founder, group.id, person_id, Standing.MODERATOR)
    for key in said.requested:
        await join_group(session, world.people[key], group.id, accepted_charter=1)
    for key, volume in said.volumes.items():
        await change_settings(session, world.people[key], SettingsPatch(groups={group.id: volume}))


async def _newcomer(session: Session, founder: Actor, group: Group, newcomer: Actor) -> None:
    assert newcomer.person_id is not None  # noqa: S101 - opened above
    if group.admission == Admission.HIDDEN:
        await invite_person(session, founder, group.id, newcomer.person_id)
    membership = await join_group(session, newcomer, group.id, accepted_charter=1)
    if membership.standing == Standing.REQUESTED:
        await admit(session, founder, group.id, newcomer.person_id)


async def _conversation(session: Session, world: _World, said: content.Post) -> None:
    author = world.people[said.author]
    with clock.set_to(said.said_at(world.now)):
        post = await publish_post(
            session,
            author,
            draft_of(said.kind).model_validate(
                {
                    "details": {"kind": said.kind},
                    "title": said.title,
                    "body": said.body_with(world.slugs),
                    "tags": [tag.replace(" ", "-") for tag in said.tags],
                    "place": said.postcode or "",
                    "group_id": world.groups[said.group] if said.group else None,
                    "company_id": world.voice(said),
                }
            ),
        )
    for reader in world.helped(said):
        await find_post_helpful(session, reader, post.id)
    for answer in said.replies:
        with clock.set_to(answer.said_at(world.now)):
            draft = ReplyDraft(body=answer.body_with(world.slugs), company_id=world.voice(answer))
            reply = await reply_to(session, world.people[answer.author], post.id, draft)
        for reader in world.helped(answer):
            await find_reply_helpful(session, reader, reply.id)
        if answer.accepted:
            await accept_answer(session, author, post.id, reply.id)
    with clock.set_to(max(one.said_at(world.now) for one in (said, *said.replies))):
        await file_post(session, post.id)


async def _listing(session: Session, world: _World, said: content.Listing) -> None:
    """Publish a typed post, and find what fits it; nobody is told."""
    with clock.set_to(said.said_at(world.now)):
        draft = draft_of(said.kind).model_validate(
            {
                "details": said.details_at(world.now),
                "title": said.title,
                "body": said.body_with(world.slugs),
                "tags": list(said.tags),
                "place": said.place or "",
                "company_id": world.voice(said),
                "confirmed": list(said.confirmed),
            }
        )
        post = await publish_post(session, world.people[said.author], draft)
        if said.mediator:
            chosen = MediatorDraft(company_id=world.companies[said.mediator])
            await choose_mediator(session, world.people[said.author], post.id, chosen)
        await match_post(session, post.id)
        await file_post(session, post.id)
    world.listings[said.key] = post.id


async def _inquiry(
    session: Session, world: _World, listing: content.Listing, said: content.Inquiry
) -> None:
    """Ask about a listing, and have who keeps it answer some hours later."""
    draft = inquiry_draft_of(listing.kind).model_validate(
        {
            "text": said.body,
            "company_id": world.voice(said),
            "offered_post_id": world.listings[said.offers] if said.offers else None,
            **({} if said.fields is None else {"fields": {"kind": listing.kind, **said.fields}}),
        }
    )
    with clock.set_to(said.said_at(world.now)):
        post_id = world.listings[listing.key]
        asked = await ask_about(session, world.people[said.author], post_id, draft)
    if said.state is None:
        return
    keeper = world.people[listing.author]
    with clock.set_to(said.said_at(world.now) + timedelta(hours=3)):
        await read_inquiry_now(session, keeper, asked.inquiry.id)
        if said.answer:
            step = StateDraft(state=InquiryState(said.state), text=said.answer)
            await move_inquiry(session, keeper, asked.inquiry.id, step)


async def _share(
    session: Session, world: _World, listing: content.Listing, said: content.Share
) -> None:
    draft = ShareDraft(quantity=said.quantity, company_id=world.voice(said))
    await join_pool(session, world.people[said.author], world.listings[listing.key], draft)


async def _follows(session: Session) -> None:
    for login in LOGINS:
        known = select(Person.id).join(Account).where(Account.email == login.email)
        actor = Actor(person_id=await session.scalar(known))
        for target, key in _FOLLOWED[login.role]:
            draft = FollowDraft.model_validate({"target": target, "key": key})
            await follow(session, actor, draft)
