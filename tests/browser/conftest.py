"""A real Chromium on a real server; without Chromium the tests are skipped, and say so."""

import asyncio
import quopri
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.core.db import transaction
from app.core.ids import fingerprint
from app.core.passwords import hash_password
from app.core.settings import settings
from app.features.accounts.signing_up import open_account
from app.features.deals.addresses import AddressesDraft, keep_addresses
from app.features.events.admitting import check_in
from app.features.events.answering import key_of
from app.features.events.certifying import issue_certificate
from app.features.events.registering import (
    GuestDraft,
    RegistrationDraft,
    register,
    register_guest,
)
from app.features.feed.filing import file_post
from app.features.follows.following import FollowDraft, follow
from app.features.inquiries.answering import move_inquiry
from app.features.inquiries.asking import ask_about
from app.features.inquiries.drafts import AnyInquiryDraft as InquiryDraft, StateDraft
from app.features.messages.conversing import ConversationDraft, write_to
from app.features.pools.joining import ShareDraft, join_pool
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.posts.replying import ReplyDraft, reply_to
from app.models.companies import CompanyState, Staff, StaffInvitation, StaffRole
from app.models.deals import Deal
from app.models.groups import Admission
from app.models.inquiries import InquiryState
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.runtime import running
from tests.conftest import _copied
from tests.features.freight.arranging import CAPACITY
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, as_actor
from tests.serving import serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
PASSWORD = "Bohrwerk und Feile 1907"
CHAMBER = "lena.oberste@ihk-mittleres-ruhrgebiet.example"
FIRM = "nadine.rauhut@huegelland.example"
VICES = {"kind": "offer", "category": "tools", "price_type": "free", "quantity": 2, "unit": "Stück"}
POOL = {
    "kind": "wanted", "category": "purchasing_pool", "price_type": "negotiable", "unit": "t",
    "threshold": 24,
}  # fmt: skip
EVENING = {
    "kind": "event", "repetition": "weekly", "participation": "registration", "capacity": 2,
    "venue": "Werkhof, Halle 3", "questions": ["Worüber möchten Sie sprechen?"],
}  # fmt: skip
ON_FILE = "kontakt@walzwerk.example"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))


@dataclass
class Site:
    """A served region, and the mails that it sends."""

    address: str
    mails: Path
    paths: SimpleNamespace

    def link(self, email: str, path: str) -> str:
        """Wait for a mail to ``email``, and return its newest link to ``path``."""
        wanted = re.compile(rf"{re.escape(self.address)}{path}/[\w-]+")
        return self.mail(email, wanted)[0]

    def mail(self, email: str, wanted: re.Pattern[str]) -> re.Match[str]:
        """Wait for a mail to ``email`` that has what is ``wanted``; return the newest."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            newest_first = sorted(
                self.mails.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True
            )
            for file in newest_first:
                text = quopri.decodestring(file.read_bytes()).decode(errors="replace")
                if f"Delivered-To: {email}" in text and (found := wanted.search(text)):
                    return found
            time.sleep(0.1)
        pytest.fail(f"no mail to {email}")


async def _delivered(session, keeper, opener, company_id: UUID) -> tuple[UUID, UUID]:
    """Arrange a lorry that has taken something along, which its keeper can rate from today on."""
    lorry = await a_post(
        session, keeper, "freight_capacity", details=CAPACITY, company_id=company_id
    )
    address = AddressesDraft(loading_site="Tor 3", loading_street="Industriestraße 8")
    await keep_addresses(session, as_actor(keeper), lorry.id, address)
    question = InquiryDraft(text="Passen zwei Paletten mit?")
    asked = (await ask_about(session, as_actor(opener), lorry.id, question)).inquiry
    yes = StateDraft(state=InquiryState.ACCEPTED)
    await move_inquiry(session, as_actor(keeper), asked.id, yes)
    now = clock.now()
    until = now + timedelta(days=13)
    session.add(Deal(inquiry_id=asked.id, delivered_at=now - timedelta(days=1), closes_at=until))
    await session.flush()
    return lorry.id, asked.id


async def _held(session, keeper, guest, company_id: UUID) -> dict[str, Any]:
    """Arrange a weekly evening: one was held, with somebody there, and one is to come."""
    now = clock.now()
    began = now - timedelta(days=6)
    with clock.set_to(began - timedelta(days=2)):
        evening = await a_post(
            session,
            keeper,
            "event",
            title="Abend der Werkstätten",
            details={**EVENING, "starts_at": f"{began:%F}T18:00", "ends_at": f"{began:%F}T20:00"},
            company_id=company_id,
        )
        dates = select(Occurrence).where(Occurrence.post_id == evening.id)
        past, coming = (await session.scalars(dates.order_by(Occurrence.starts_at).limit(2))).all()
        draft = RegistrationDraft(answers=["Wer schärft Werkzeuge?"])
        was = await register(session, as_actor(guest), past.id, draft)
        await register(session, as_actor(keeper), past.id, RegistrationDraft())
    with clock.set_to(past.starts_at):
        await check_in(session, as_actor(keeper), was.id)
    certificate = await issue_certificate(session, as_actor(keeper), was.id)
    comes = await register(session, as_actor(guest), coming.id, draft)
    await register(session, as_actor(keeper), coming.id, RegistrationDraft())
    asked = GuestDraft(name="Ada Gast", email="ada@gast.example")
    nobody = Actor(person_id=None)
    await register_guest(session, nobody, coming.id, asked, address="192.0.2.7")
    guests = select(Registration).where(Registration.state == RegistrationState.UNCONFIRMED)
    return {
        "evening": evening.id,
        "held": past.id,
        "date": coming.id,
        "door_code": was.code,
        "other_code": comes.code,
        "certificate": certificate.code,
        "guest_key": key_of((await session.scalars(guests)).one().id),
    }


async def _arrange(dsn: str) -> SimpleNamespace:
    """The chamber and a firm with their logins, a group with a question, and an imported stub."""
    hashed = await hash_password(PASSWORD, settings().hashing)
    async with running(settings(), dsn) as runtime, transaction(runtime.sessions) as session:
        people = {}
        for email, name in ((CHAMBER, "Lena Oberste"), (FIRM, "Nadine Rauhut")):
            _, people[email] = await open_account(
                session, email=email, name=name, password_hash=hashed, locale="de"
            )
        lena, nadine = people[CHAMBER], people[FIRM]
        chamber = await a_company(session, "IHK Mittleres Ruhrgebiet (Demo)", owner=lena)
        firm = await a_company(session, owner=nadine)
        group = await a_group(session, nadine, charter="Wir nennen keine Namen.")
        await a_membership(session, group, lena)
        closed = await a_group(
            session, nadine, "Innovationskreis Mobilität", admission=Admission.ON_REQUEST
        )
        draft = draft_of("question").model_validate(
            {
                "details": {"kind": "question"},
                "title": "Wer prüft das Berichtsheft?",
                "body": "Wie oft soll ich es **abzeichnen**?",
                "group_id": group.id,
                "company_id": firm.id,
                "tags": ["berichtsheft"],
            }
        )
        post = await publish_post(session, as_actor(nadine), draft)
        reply = ReplyDraft(body="Einmal im Monat.", company_id=chamber.id)
        await reply_to(session, as_actor(lena), post.id, reply)
        await a_company(
            session,
            "Walzwerk Altendorf GmbH",
            state=CompanyState.STUB,
            import_source="members",
            external_id="4711",
            email_on_file=ON_FILE,
            imprint="",
        )
        session.add(Staff(company_id=chamber.id, person_id=nadine.id, role=StaffRole.MEMBER))
        mill = await a_company(session, "Kornmühle Sprockhövel GmbH", owner=lena)
        session.add(
            StaffInvitation(
                company_id=mill.id,
                email=FIRM,
                email_key=FIRM,
                role=StaffRole.EDITOR,
                invited_by_id=lena.id,
                token_hash=fingerprint("ein-zeichen-aus-keiner-mail"),
                expires_at=clock.now() + timedelta(days=1),
            )
        )
        offered = [
            await a_post(session, one, "offer", details=VICES, company_id=of.id)
            for one, of in ((nadine, firm), (lena, chamber))
        ]
        asked = InquiryDraft(
            text="Sind beide noch da? Wir könnten sie **am Freitag** abholen.",
            fields={"kind": "offer", "quantity": 2},
        )
        await file_post(session, offered[1].id)
        await follow(session, as_actor(nadine), FollowDraft(target="kind", key="offer"))
        received = (await ask_about(session, as_actor(lena), offered[0].id, asked)).inquiry
        hello = ConversationDraft(text="Guten Tag, wann passt es Ihnen?", person_id=nadine.id)
        conversation = await write_to(session, as_actor(lena), hello)
        pool = await a_post(session, nadine, "wanted", details=POOL, company_id=firm.id)
        await join_pool(session, as_actor(lena), pool.id, ShareDraft(quantity=9))
        lorry, deal = await _delivered(session, nadine, lena, firm.id)
        evening = await _held(session, nadine, lena, firm.id)
        return SimpleNamespace(
            **evening,
            pool=pool.id,
            lorry=lorry,
            deal=deal,
            offer=offered[0].id,
            other_offer=offered[1].id,
            received=received.id,
            conversation=conversation.id,
            group=group.slug,
            closed=closed.slug,
            firm=firm.slug,
            firm_id=firm.id,
            person=nadine.slug,
            other=lena.slug,
            mill=mill.slug,
            post=post.id,
        )


@pytest.fixture(scope="session")
def site(postgres: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One served region for all browser tests."""
    var_dir = tmp_path_factory.mktemp("browser")
    with _copied(postgres, f"kontor_{worker_id}_browser") as dsn:
        paths = asyncio.run(_arrange(dsn))
        with serving(dsn, var_dir) as address:
            yield Site(address, var_dir / "mail", paths)


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """A browser for the tests of a module; each visitor has a context of their own."""
    del site  # served before the browser's loop runs
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


def visitor(browser: Browser, site: Site, *, width: int = 360, scripts: bool = False) -> Page:
    """A German reader on a screen of ``width`` pixels, by default without JavaScript."""
    context: BrowserContext = browser.new_context(
        base_url=site.address,
        viewport={"width": width, "height": 800},
        locale="de-DE",
        java_script_enabled=scripts,
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Passwort").fill(password)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
