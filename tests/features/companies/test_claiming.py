"""Claiming companies: by code, by the operator's or the owners' word; never over anybody's head."""

import asyncio
import itertools
import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import clock
from app.core.db import sqlalchemy_url, transaction
from app.core.errors import Refusal
from app.features.companies.claiming import policy
from app.features.companies.claiming.deciding import CodeDraft, enter_code
from app.features.companies.claiming.reading import masked_address
from app.features.companies.claiming.requesting import code_hash, expire_claims
from app.models.accounts import Account
from app.models.companies import (
    Claim,
    ClaimState,
    ClaimWay,
    Company,
    CompanyState,
    Staff,
    StaffRole,
)
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

REASON = "Ich bin seit 2009 Geschäftsführerin; bitte rufen Sie im Büro an."


async def a_stub(session, name="Ruhrbogen Handel KG", **fields):
    fields = {
        "email_on_file": "kontakt@firma.example",
        "website": "https://www.firma.example/",
        **fields,
    }
    return await a_company(session, name, state=CompanyState.STUB, imprint="", **fields)


async def an_operator(session):
    person = await a_person(session, "Olga Betrieb")
    await session.execute(
        update(Account).where(Account.id == person.account_id).values(is_operator=True)
    )
    return person


@pytest.fixture
async def nadine(session):
    return await a_person(session)


@pytest.fixture
async def headers(session, nadine):
    return await bearer(session, nadine)


@pytest.fixture
def claim(client, headers):
    async def ask(company, way="email_on_file", by=None, **fields):
        return await client.post(
            f"/api/v1/companies/{company.id}/claims",
            headers=by or headers,
            json={"way": way, **fields},
        )

    return ask


def code_in(outbox):
    return re.search(r"\b(\d{8})\b", texts(outbox)[-1])[1]


def texts(outbox):
    return [message.get_body(("plain",)).get_content() for _, message in outbox.outbox]


def recipients(outbox):
    return [recipient for recipient, _ in outbox.outbox]


async def owner_of(session, company):
    return list(
        await session.scalars(
            select(Staff.person_id).where(
                Staff.company_id == company.id, Staff.role == StaffRole.OWNER
            )
        )
    )


async def test_the_code_from_the_address_on_file_makes_the_claimant_owner(
    session, client, headers, nadine, claim, work, outbox
):
    stub = await a_stub(session)
    await session.commit()
    made = await claim(stub)
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["tries_left"], body["company"]["slug"]) == ("open", 5, None)
    assert body["viewer_can"] == ["confirm", "view", "withdraw"]
    await work()
    assert recipients(outbox)[-1] == "kontakt@firma.example"
    answer = await client.post(
        f"{made.headers['location']}/code", headers=headers, json={"code": code_in(outbox)}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    await session.refresh(stub)
    assert stub.state == CompanyState.ACTIVE
    assert await owner_of(session, stub) == [nadine.id]
    await work()
    own = await session.scalar(select(Account.email).where(Account.id == nadine.account_id))
    assert recipients(outbox) == ["kontakt@firma.example", own]


async def test_the_whole_way_works_on_pages(session, client, nadine, work, outbox):
    stub = await a_stub(session)
    cookie = await signed_in(session, nadine)
    await session.commit()
    page = await client.get(f"/companies/{stub.id}/claim", headers=cookie)
    assert page.status_code == 200
    assert "k•••@f•••.example" in page.text
    assert "kontakt@firma.example" not in page.text
    sent = await client.post(
        f"/companies/{stub.id}/claim", headers=cookie, data={"way": "email_on_file"}
    )
    assert sent.status_code == 303, sent.text
    at = sent.headers["location"].partition("?")[0]
    assert "Code" in (await client.get(at, headers=cookie)).text
    wrong = await client.post(f"{at}/code", headers=cookie, data={"code": "00000000"})
    assert wrong.status_code == 422
    assert "noch 4 Versuche" in wrong.text
    await work()
    done = await client.post(f"{at}/code", headers=cookie, data={"code": code_in(outbox)})
    assert done.status_code == 303
    assert done.headers["location"] == f"/companies/{stub.slug}?notice=claim.granted"
    assert (await client.get(done.headers["location"], headers=cookie)).status_code == 200
    assert "gewährt" in (await client.get("/me/claims", headers=cookie)).text


async def test_five_wrong_codes_end_the_claim_although_each_was_refused(
    session, client, headers, claim, work, outbox
):
    stub = await a_stub(session)
    await session.commit()
    at = (await claim(stub)).headers["location"]
    await work()
    right = code_in(outbox)
    wrong = f"{(int(right) + 1) % 10**8:08}"
    for _ in range(5):
        answer = await client.post(f"{at}/code", headers=headers, json={"code": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "code_wrong")
    answer = await client.post(f"{at}/code", headers=headers, json={"code": right})
    assert (answer.status_code, answer.json()["code"]) == (409, "claim_over")
    assert await owner_of(session, stub) == []


async def test_a_code_is_worthless_after_a_day_and_the_claim_is_closed(
    session, client, headers, claim, work, outbox
):
    stub = await a_stub(session)
    await session.commit()
    at = (await claim(stub)).headers["location"]
    await work()
    past = clock.now() - timedelta(seconds=1)
    await session.execute(update(Claim).values(expires_at=past))
    await session.commit()
    answer = await client.post(f"{at}/code", headers=headers, json={"code": code_in(outbox)})
    assert (answer.status_code, answer.json()["code"]) == (409, "claim_over")
    await expire_claims(session)
    assert await session.scalar(select(Claim.state)) == ClaimState.EXPIRED
    assert await session.scalar(select(Claim.code_hash)) is None


async def test_codes_are_kept_only_as_keyed_digests(session, claim, work, outbox):
    stub = await a_stub(session)
    await session.commit()
    await claim(stub)
    await work()
    row = await session.scalar(select(Claim))
    assert len(row.code_hash) == 32
    assert row.code_hash == code_hash(row, code_in(outbox))
    assert code_in(outbox).encode() not in row.code_hash


@pytest.mark.parametrize(
    "address",
    ["chef@firma.example", "chef@FIRMA.example", "Chef.Büro@firma.example".replace("ü", "ue")],
)
async def test_an_address_at_the_website_s_own_domain_gets_the_code(
    session, claim, work, outbox, address
):
    stub = await a_stub(session)
    await session.commit()
    answer = await claim(stub, "website_domain", address=address)
    assert answer.status_code == 201, answer.json()
    await work()
    assert recipients(outbox)[-1].lower() == address.lower()


@pytest.mark.parametrize(
    "address",
    [
        "x@attacker-firma.example",
        "x@firma.example.evil.example",
        "x@sub.firma.example",
        "x@www.firma.example",
        "x@f1rma.example",
        "x@fіrma.example",  # a Cyrillic i
        "x@firma.example\u200b",
        "x@evil.example, y@firma.example",
        "firma.example",
        "",
    ],
)
async def test_no_other_domain_gets_a_code_t16(session, claim, outbox, address, work):
    stub = await a_stub(session)
    await session.commit()
    answer = await claim(stub, "website_domain", address=address)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/address"
    await work()
    assert outbox.outbox == []


async def test_a_kelvin_sign_is_no_k_t16(session, claim):
    stub = await a_stub(session, website="https://kontor-werk.example")
    await session.commit()
    answer = await claim(stub, "website_domain", address="x@\u212aontor-werk.example")
    assert answer.status_code == 422
    answer = await claim(stub, "website_domain", address="x@KONTOR-werk.example")
    assert answer.status_code == 201


async def test_domains_with_umlauts_are_compared_by_their_a_labels_t16(session, claim):
    stub = await a_stub(session, website="https://xn--mller-kva.example")
    await session.commit()
    assert (await claim(stub, "website_domain", address="x@müller.example")).status_code == 201


async def test_an_address_at_a_free_mail_provider_proves_nothing(session, claim):
    stub = await a_stub(session, website="https://www.web.de/")
    await session.commit()
    assert (await claim(stub, "website_domain", address="chef@web.de")).status_code == 422


async def test_the_operator_decides_on_a_typed_reason(
    session, client, headers, nadine, claim, work, outbox
):
    stub = await a_stub(session, email_on_file=None, website=None)
    operator = await an_operator(session)
    desk = await bearer(session, operator)
    await session.commit()
    assert (await claim(stub)).json()["code"] == "no_email_on_file"
    assert (await claim(stub, "operator", reason="Meins")).status_code == 422
    made = await claim(stub, "operator", reason=REASON)
    assert made.status_code == 201
    await work()
    assert len(outbox.outbox) == 1  # to the operator
    listed = await client.get("/api/v1/operator/claims", headers=desk)
    assert [item["id"] for item in listed.json()["items"]] == [made.json()["id"]]
    assert listed.json()["items"][0]["viewer_can"] == ["decide", "view"]
    at = f"/api/v1/operator/claims/{made.json()['id']}/decision"
    forbidden = await client.post(at, headers=headers, json={"verdict": "grant"})
    assert forbidden.status_code == 403
    done = await client.post(at, headers=desk, json={"verdict": "grant"})
    assert (done.status_code, done.json()["state"]) == (200, "granted")
    assert await owner_of(session, stub) == [nadine.id]


async def test_a_refusal_needs_a_word_and_it_reaches_who_asked(
    session, client, claim, work, outbox
):
    stub = await a_stub(session)
    desk = await bearer(session, await an_operator(session))
    await session.commit()
    made = (await claim(stub, "operator", reason=REASON)).json()
    at = f"/api/v1/operator/claims/{made['id']}/decision"
    assert (await client.post(at, headers=desk, json={"verdict": "refuse"})).status_code == 422
    await work()
    outbox.outbox.clear()
    word = "Im Handelsregister steht jemand anderes."
    done = await client.post(at, headers=desk, json={"verdict": "refuse", "text": word})
    assert done.json()["state"] == "refused"
    await work()
    assert word in texts(outbox)[-1]
    again = await client.post(at, headers=desk, json={"verdict": "grant"})
    assert (again.status_code, again.json()["code"]) == (409, "claim_over")
    assert await owner_of(session, stub) == []


async def test_operators_have_no_voice_but_where_they_are_asked(session, client, claim):
    stub = await a_stub(session)
    operator = await an_operator(session)
    desk = await bearer(session, operator)
    await session.commit()
    by_code = (await claim(stub)).json()["id"]
    answer = await client.post(
        f"/api/v1/operator/claims/{by_code}/decision", headers=desk, json={"verdict": "grant"}
    )
    assert answer.status_code == 404
    own = (await claim(stub, "operator", by=desk, reason=REASON)).json()["id"]
    answer = await client.post(
        f"/api/v1/operator/claims/{own}/decision", headers=desk, json={"verdict": "grant"}
    )
    assert answer.status_code == 403
    assert await owner_of(session, stub) == []


async def test_a_claim_on_an_owned_company_is_decided_by_its_owners_t94(
    session, client, nadine, claim, work, outbox
):
    owner = await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=owner, email_on_file="kontakt@firma.example")
    desk = await bearer(session, await an_operator(session))
    theirs = await bearer(session, owner)
    await session.commit()
    made = await claim(company, "email_on_file", reason=REASON)
    assert (made.status_code, made.json()["way"]) == (201, "owners")
    await work()
    assert len(outbox.outbox) == 1  # no code to the address on file, but a mail to the owner
    assert "Nadine Rauhut" in texts(outbox)[0]
    assert await owner_of(session, company) == [owner.id]
    operators = await client.get("/api/v1/operator/claims", headers=desk)
    assert operators.json()["items"] == []
    at = f"/api/v1/companies/{company.id}/claims"
    assert (await client.get(at, headers=desk)).json()["items"] == []
    listed = (await client.get(at, headers=theirs)).json()["items"]
    assert [item["person"]["name"] for item in listed] == ["Nadine Rauhut"]
    outbox.outbox.clear()
    done = await client.post(
        f"/api/v1/claims/{listed[0]['id']}/decision",
        headers=theirs,
        json={"verdict": "grant", "role": "editor"},
    )
    assert done.json()["state"] == "granted"
    assert await owner_of(session, company) == [owner.id]
    role = await session.scalar(select(Staff.role).where(Staff.person_id == nadine.id))
    assert role == StaffRole.EDITOR
    await work()
    assert len(outbox.outbox) == 2  # both are told


async def test_owners_decide_on_their_page(session, client, claim):
    owner = await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=owner)
    cookie = await signed_in(session, owner)
    await session.commit()
    made = (await claim(company, "owners", reason=REASON)).json()
    page = await client.get(f"/companies/{company.slug}/claims", headers=cookie)
    assert "Nadine Rauhut" in page.text
    at = f"/claims/{made['id']}"
    assert "Entscheiden" in (await client.get(at, headers=cookie)).text
    refused = await client.post(f"{at}/decision", headers=cookie, data={"verdict": "refuse"})
    assert refused.status_code == 422
    assert "Bitte begründen Sie die Ablehnung." in refused.text
    data = {"verdict": "refuse", "text": "Wir kennen Sie nicht."}
    done = await client.post(f"{at}/decision", headers=cookie, data=data)
    where = f"/companies/{company.slug}/claims?notice=claim.decided_refused"
    assert done.headers["location"] == where


async def test_the_operator_desk_lists_what_waits_and_is_closed_to_others(
    session, client, nadine, claim
):
    stub = await a_stub(session)
    desk = await signed_in(session, await an_operator(session))
    cookie = await signed_in(session, nadine)
    await session.commit()
    await claim(stub, "operator", reason=REASON)
    assert stub.name in (await client.get("/operator/claims", headers=desk)).text
    assert (await client.get("/operator/claims", headers=cookie)).status_code == 403
    assert (await client.get("/operator/claims")).status_code == 303


async def test_the_second_of_two_codes_goes_to_the_new_owner(
    session, client, headers, nadine, claim, work, outbox
):
    stub = await a_stub(session)
    other = await bearer(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    first = (await claim(stub)).headers["location"]
    await work()
    first_code = code_in(outbox)
    second = (await claim(stub, by=other)).headers["location"]
    await work()
    second_code = code_in(outbox)
    await client.post(f"{first}/code", headers=headers, json={"code": first_code})
    answer = await client.post(f"{second}/code", headers=other, json={"code": second_code})
    assert (answer.status_code, answer.json()["code"]) == (409, "claim_is_for_owners")
    assert (await client.get(second, headers=other)).json()["way"] == "owners"
    assert await owner_of(session, stub) == [nadine.id]
    seen = await client.get(second, headers=headers)
    assert seen.json()["viewer_can"] == ["decide", "view"]
    await work()
    told = texts(outbox)
    assert any("jemand anderes hat" in text for text in told)
    assert any("Kim Jaspert möchte" in text for text in told)


async def test_of_two_who_claim_at_the_same_moment_one_becomes_owner(own_database):
    engine = create_async_engine(sqlalchemy_url(own_database))
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with sessions() as session, session.begin():
        stub = await a_stub(session)
        people = [await a_person(session, f"Person {letter}") for letter in "AB"]
        claims = []
        for person in people:
            one = Claim(
                company_id=stub.id,
                person_id=person.id,
                way=ClaimWay.EMAIL_ON_FILE,
                expires_at=clock.now() + timedelta(hours=1),
            )
            one.code_hash = code_hash(one, "12345678")
            session.add(one)
            claims.append(one)

    async def race(person, one):
        sessions.configure(info={})
        maker = async_sessionmaker(engine, expire_on_commit=False, info={"react": _Nothing()})
        try:
            async with transaction(maker) as session:
                draft = CodeDraft(code="12345678")
                return await enter_code(session, as_actor(person), one.id, draft)
        except Refusal as refusal:
            return refusal.code

    answers = await asyncio.gather(*map(race, people, claims))
    async with sessions() as session:
        owners = await session.scalar(select(func.count()).select_from(Staff))
        ways = sorted(await session.scalars(select(Claim.way)))
    await engine.dispose()
    assert owners == 1
    assert [answer for answer in answers if isinstance(answer, str)] == ["claim_is_for_owners"]
    assert ways == sorted([ClaimWay.EMAIL_ON_FILE, ClaimWay.OWNERS])


class _Nothing:
    """Stands for the job queue, which this test has no use for."""

    def configure(self, **_options):
        return self

    async def batch_defer_async(self, *_jobs):
        return []


async def test_a_withdrawn_claim_has_no_code_any_more(
    session, client, headers, claim, work, outbox
):
    stub = await a_stub(session)
    await session.commit()
    at = (await claim(stub)).headers["location"]
    await work()
    assert (await claim(stub)).json()["code"] == "claim_already_open"
    assert (await client.delete(at, headers=headers)).status_code == 204
    answer = await client.post(f"{at}/code", headers=headers, json={"code": code_in(outbox)})
    assert answer.json()["code"] == "claim_over"
    assert (await claim(stub)).status_code == 201
    states = [item["state"] for item in (await _own(client, headers))]
    assert states == ["open", "withdrawn"]


async def _own(client, headers):
    return (await client.get("/api/v1/me/claims", headers=headers)).json()["items"]


async def test_a_claim_is_seen_by_nobody_else(session, client, claim):
    stub = await a_stub(session)
    stranger = await bearer(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    at = (await claim(stub)).headers["location"]
    for headers, status in ((stranger, 404), ({}, 401)):
        assert (await client.get(at, headers=headers)).status_code == status
        assert (await client.delete(at, headers=headers)).status_code == status
        code = {"code": "12345678"}
        answer = await client.post(f"{at}/code", headers=headers, json=code)
        assert answer.status_code == status


async def test_a_stub_is_found_for_claiming_by_name_and_shows_no_more_t92(session, client, headers):
    stub = await a_stub(session, phone="+492324123456")
    await session.commit()
    assert (await client.get(f"/api/v1/companies/{stub.id}", headers=headers)).status_code == 404
    assert (await client.get("/api/v1/claimable-companies?q=Ruhrbogen")).status_code == 401
    at = "/api/v1/claimable-companies"
    found = (await client.get(f"{at}?q=Ruhrbogen", headers=headers)).json()["items"]
    expected = {"id": str(stub.id), "name": stub.name, "town": "Hattingen", "state": "stub"}
    assert found == [expected]
    assert (await client.get(f"{at}?q=R", headers=headers)).json()["items"] == []
    ways = (await client.get(f"{at}/{stub.id}", headers=headers)).json()
    assert ways["ways"] == ["email_on_file", "website_domain", "operator"]
    assert (ways["masked_email"], ways["domain"]) == ("k•••@f•••.example", "firma.example")
    assert "phone" not in ways


def test_a_masked_address_tells_three_letters():
    assert masked_address("kontakt@firma-sowieso.example") == "k•••@f•••.example"


async def test_a_closed_company_and_one_s_own_cannot_be_claimed(session, nadine, claim):
    closed = await a_company(session, state=CompanyState.CLOSED)
    own = await a_company(session, owner=nadine)
    await session.commit()
    assert (await claim(closed)).status_code == 404
    assert (await claim(own)).json()["code"] == "already_owner"


async def test_both_faces_of_the_policy_agree(session):
    claimant, owner = await a_person(session), await a_person(session, "Kim Jaspert")
    operator, stranger = await an_operator(session), await a_person(session, "Uwe Fremd")
    actors = [
        as_actor(claimant),
        as_actor(owner),
        as_actor(operator, operator=True),
        as_actor(stranger),
        as_actor(claimant, scopes=frozenset({"companies:read"})),
    ]
    company = await a_company(session, owner=owner)
    for way, state in itertools.product(ClaimWay, ClaimState):
        claim = Claim(
            company_id=company.id,
            person_id=claimant.id,
            way=way,
            state=state,
            expires_at=clock.now(),
        )
        session.add(claim)
        await session.flush()
        for actor in actors:
            seen = await session.scalar(
                select(Claim.id).where(
                    Claim.id == claim.id, policy.visible_to(actor, operator=actor.operator)
                )
            )
            granted = policy.acts(
                actor,
                way,
                state,
                is_own=actor.person_id == claimant.id,
                is_owner=actor.person_id == owner.id,
            )
            assert (seen is not None) == (policy.Act.VIEW in granted), (way, state, actor)
            assert granted <= {policy.Act.VIEW} or state == ClaimState.OPEN
            assert granted <= {policy.Act.VIEW} or actor.scopes is None
        await session.delete(claim)
        await session.flush()


async def test_an_unknown_company_and_claim_answer_404(client, headers):
    nothing = UUID(int=7)
    at = f"/api/v1/companies/{nothing}/claims"
    answer = await client.post(at, headers=headers, json={"way": "operator", "reason": REASON})
    assert answer.status_code == 404
    assert (await client.get(f"/api/v1/claims/{nothing}", headers=headers)).status_code == 404


async def test_claims_name_company_only_where_it_is_public(session, client, headers, claim):
    stub = await a_stub(session)
    await session.commit()
    made = (await claim(stub)).json()
    assert made["company"] == {
        "id": str(stub.id),
        "name": stub.name,
        "slug": None,
        "town": "Hattingen",
    }
    assert (await session.get_one(Company, stub.id)).state == CompanyState.STUB
