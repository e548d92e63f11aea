"""What an applicant sends is sealed wherever it is kept (R-DS-10 of law.md)."""

import base64
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject
from sqlalchemy import select, text

from app.commands.sealing import _reseal
from app.core import clock
from app.core.sealing import SealedUnreadable, seal_file
from app.core.settings import settings
from app.core.storage import Disk
from app.edge.kept_answers import KeptAnswer
from app.models.inquiries import Inquiry
from app.models.media import Medium
from app.models.messages import Message
from app.models.sealed import MARK
from tests.features.inquiries.arranging import an_inquiry, an_offer
from tests.makers import a_person, bearer, signed_in

SENTINEL = "Xq7Sentinel"
DAY = "2071-03-07"
NEW_KEY = "another-key-of-at-least-thirty-two-characters"


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path / "media")


@pytest.fixture
async def runtime(runtime, disk):
    """The runtime of every test, with its files on a disk."""
    runtime.sessions.kw["info"]["storage"] = disk
    return replace(runtime, storage=disk)


def a_telling_pdf() -> bytes:
    writer = PdfWriter()
    said = StreamObject()
    said.set_data(f"({SENTINEL}) Tj".encode())
    page = writer.add_blank_page(100, 100)
    page[NameObject("/Contents")] = writer._add_object(said)  # noqa: SLF001 - it has no other way
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


async def rows_that_tell(session) -> dict[str, int]:
    """Count, in every table there is, the rows that hold the sentinel in any spelling."""
    tables = await session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    )
    plain = SENTINEL.encode()
    spelled = [SENTINEL, DAY, plain.hex(), DAY.encode().hex()]
    spelled += [base64.b64encode(b" " * n + plain).decode()[4:-4] for n in range(3)]
    found = {}
    for table in tables.all():
        conditions = " OR ".join(f"t::text LIKE '%{one}%'" for one in spelled)
        count = await session.scalar(text(f'SELECT count(*) FROM "{table}" t WHERE {conditions}'))
        if count:
            found[table] = count
    return found


def files_that_tell(disk: Disk) -> list[str]:
    files = [path for path in disk._root.rglob("*") if path.is_file()]  # noqa: SLF001
    assert files
    return [path.name for path in files if SENTINEL.encode() in path.read_bytes()]


def application() -> dict[str, object]:
    return {
        "kind": "apprenticeship",
        "occupation": "Feinwerkmechaniker",
        "starts_on": f"{clock.today(settings().zone).year + 1}-08-01",
        "certificate": "none",
        **{f"pay_year_{n}_eur": pay for n, pay in enumerate((1060, 1120, 1190, 1250), start=1)},
    }


async def test_no_table_and_no_file_tells_what_an_applicant_sent_r_ds_10(
    session, client, work, disk
):
    firm, mika = await a_person(session, "Anna Beispiel"), await a_person(session, "Mika Tomczak")
    theirs, his = await bearer(session, firm), await bearer(session, mika)
    browser = await signed_in(session, firm)
    await session.commit()
    post = await client.post("/api/v1/posts", headers=theirs, json={"details": application()})
    assert post.status_code == 201, post.text
    pdf = a_telling_pdf()
    assert SENTINEL.encode() in pdf
    upload = {"file": (f"{SENTINEL}.pdf", pdf, "application/pdf")}
    medium = await client.post(
        "/api/v1/media", headers=his, files=upload, data={"alt": f"Zeugnis {SENTINEL}"}
    )
    assert medium.status_code == 201, medium.text
    applied = {
        "text": f"Ich bin {SENTINEL}.",
        "fields": {"kind": "apprenticeship", "available_from": DAY},
        "files": [medium.json()["id"]],
    }
    path = f"/api/v1/posts/{post.json()['id']}/inquiries"
    again = his | {"Idempotency-Key": "apply-once"}
    answer = await client.post(path, headers=again, json=applied)
    assert answer.status_code == 201, answer.text
    await work()

    assert await rows_that_tell(session) == {}
    assert files_that_tell(disk) == []

    # Both sides read all of it, by API and page; a repetition gets the kept answer.
    assert (await client.post(path, headers=again, json=applied)).text == answer.text
    inquiry = f"/inquiries/{answer.json()['id']}"
    for reader in (theirs, his):
        read = (await client.get(f"/api/v1{inquiry}", headers=reader)).json()
        assert read["fields"]["available_from"] == DAY
        said = (await client.get(f"/api/v1{inquiry}/messages", headers=reader)).json()["items"][0]
        assert SENTINEL in said["body"]
        assert SENTINEL in said["body_html"]
        assert said["files"][0]["file_name"] == f"{SENTINEL}.pdf"
    page = await client.get(inquiry, headers=browser)
    assert f"Ich bin {SENTINEL}." in page.text
    assert f"Zeugnis {SENTINEL}" in page.text
    file = await client.get(f"/media/{medium.json()['id']}/original", headers=browser)
    assert SENTINEL.encode() in file.content
    assert SENTINEL in file.headers["content-disposition"]


async def written(session):
    keeper, asker = await a_person(session), await a_person(session, "Jan Kern")
    inquiry = await an_inquiry(session, await an_offer(session, keeper), asker, SENTINEL)
    return keeper, inquiry


async def test_with_the_wrong_key_a_page_says_so_and_nothing_else(
    session, client, configure, capsys
):
    keeper, inquiry = await written(session)
    browser, token = await signed_in(session, keeper), await bearer(session, keeper)
    await session.commit()
    configure(SEALING_KEYS=NEW_KEY)
    capsys.readouterr()
    page = await client.get(f"/inquiries/{inquiry.id}", headers=browser)
    assert page.status_code == 503
    assert "verschlüsselt abgelegt" in page.text
    answer = await client.get(f"/api/v1/inquiries/{inquiry.id}/messages", headers=token)
    assert (answer.status_code, answer.json()["code"]) == (503, "sealed_unreadable")
    said = "".join(capsys.readouterr())
    assert "sealed_unreadable" in said
    assert "Traceback" not in said + page.text + answer.text


@pytest.mark.parametrize("where", ["no base64:!", "00", f"{'ab' * 6}:QUJD", "zz:"])
async def test_what_somebody_has_tampered_with_is_not_opened(session, where):
    _, inquiry = await written(session)
    kept = f"{MARK}{where}"
    await session.execute(
        text("UPDATE messages SET body = :kept WHERE thread_id = :id"),
        {"kept": kept, "id": inquiry.thread_id},
    )
    session.expunge_all()
    with pytest.raises(SealedUnreadable):
        await session.scalar(select(Message).where(Message.thread_id == inquiry.thread_id))


async def test_what_was_kept_before_anything_was_sealed_is_read_and_then_sealed(
    session, client, runtime, disk
):
    keeper, inquiry = await written(session)
    token = await bearer(session, keeper)
    given = {"id": inquiry.thread_id, "said": SENTINEL, "fields": json.dumps({"a": SENTINEL})}
    await session.execute(
        text("UPDATE messages SET body = :said, body_html = :said WHERE thread_id = :id"),
        {name: given[name] for name in ("said", "id")},
    )
    await session.execute(
        text("UPDATE inquiries SET fields = CAST(:fields AS jsonb) WHERE thread_id = :id"),
        {name: given[name] for name in ("fields", "id")},
    )
    session.add(KeptAnswer(subject="x", key="y", fingerprint=b"", body=b""))
    await session.flush()
    await session.execute(text(f"UPDATE kept_answers SET body = '{SENTINEL}'::bytea"))
    digest = await disk.put(SENTINEL.encode())
    disk.path(digest).write_bytes(SENTINEL.encode())
    await session.commit()
    session.expunge_all()
    before = (await session.get_one(Inquiry, inquiry.id)).version

    async def read():
        path = f"/api/v1/inquiries/{inquiry.id}"
        shown = (await client.get(path, headers=token)).json()
        said = (await client.get(f"{path}/messages", headers=token)).json()["items"][0]
        return shown["fields"], said["body"], await disk.get(digest), shown["version"]

    expected = ({"a": SENTINEL}, SENTINEL, SENTINEL.encode(), before)
    assert await read() == expected
    assert set(await rows_that_tell(session)) == {"inquiries", "kept_answers", "messages"}
    assert files_that_tell(disk) == [digest]
    assert await _reseal(runtime) == (3, 1)
    assert await rows_that_tell(session) == {}
    assert files_that_tell(disk) == []
    assert await read() == expected
    assert await _reseal(runtime) == (0, 0)


async def test_a_key_is_replaced_in_three_steps(session, runtime, disk, configure):
    _, inquiry = await written(session)
    old = settings().sealing_keys.get_secret_value()
    digest = await disk.put(SENTINEL.encode())
    await session.commit()

    async def read():
        session.expunge_all()
        message = await session.scalar(
            select(Message).where(Message.thread_id == inquiry.thread_id)
        )
        return message.body, await disk.get(digest)

    expected = (SENTINEL, SENTINEL.encode())
    configure(SEALING_KEYS=f"{NEW_KEY} {old}")
    assert await read() == expected
    rows, files = await _reseal(runtime)
    assert (rows >= 2, files) == (True, 1)
    configure(SEALING_KEYS=NEW_KEY)
    assert await read() == expected
    configure(SEALING_KEYS=old)
    with pytest.raises(SealedUnreadable):
        await disk.get(digest)


async def test_a_file_opens_only_under_its_own_name(disk):
    digest = await disk.put(b"Hanse")
    disk.path(digest).write_bytes(seal_file(b"Hanse", "another"))
    with pytest.raises(SealedUnreadable):
        await disk.get(digest)


async def test_two_seals_of_the_same_text_differ(session):
    keeper, _ = await written(session)
    offer = await an_offer(session, keeper)
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        await an_inquiry(session, offer, await a_person(session, "Ute Lang"), SENTINEL)
    kept = (await session.scalars(text("SELECT body FROM messages"))).all()
    assert len(kept) == len(set(kept)) == 2
    assert await session.scalar(select(Medium.id)) is None
