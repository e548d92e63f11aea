"""Messages to browsers, as their push service and the browser itself receive them."""

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, text, update

from app.core import clock
from app.core.db import transaction
from app.core.events import Lane
from app.core.outgoing import Declined, Refused
from app.features.accounts.sessions import end_sessions
from app.features.notifications.inbox import ReadMark, mark_read
from app.features.notifications.push_subscriptions import MANY, remove_subscription
from app.features.notifications.pushing import PushQueued, deliver_push, server_key
from app.features.notifications.telling import tell as tell_people
from app.features.notifications.wording import WORDINGS, said_shortly
from app.models.accounts import AccessToken, Account, SignedInSession
from app.models.events import EventRecord
from app.models.groups import Admission
from app.models.notifications import PushSubscription
from app.runtime import load_features
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_group, a_membership, a_person, as_actor, bearer, signed_in
from tests.sinks import saying, sink

URL = "/api/v1/push_subscriptions"


def encoded(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """A browser's side of RFC 8291."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes = b"sixteen octets!!"

    @property
    def point(self):
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def asked(self, endpoint):
        return {"endpoint": endpoint, "p256dh": encoded(self.point), "auth": encoded(self.auth)}

    def opened(self, sealed):
        """Decrypt one message (RFC 8188, 2.1 and RFC 8291, 3.3)."""
        salt, (size, length) = sealed[:16], struct.unpack("!LB", sealed[16:21])
        theirs, record = sealed[21 : 21 + length], sealed[21 + length :]
        assert len(sealed) <= 4_096 <= size
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), other)
        info = b"WebPush: info\0" + self.point + theirs
        secret = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, record, None)
        text, mark = plain.rstrip(b"\0")[:-1], plain.rstrip(b"\0")[-1:]
        assert mark == b"\2"
        return json.loads(text)


def a_browser():
    return Browser(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def nearby(configure):
    """Allows push services on this machine."""

    def allow(heard):
        configure(
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.0/8"]',
            OUTGOING__PORTS=f"[{heard.port}]",
        )
        return f"http://127.0.0.1:{heard.port}/s/{encoded(b'secret')}"

    return allow


async def subscribed(client, headers, draft):
    answer = await client.post(URL, json=draft, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def tell(runtime, work):
    """Answers a question of somebody, who is told of it."""

    async def answer(asker):
        async with transaction(runtime.sessions) as session:
            helper = await a_person(session, "Kim Jaspert")
            post = await a_post(session, asker)
            reply = await a_reply(session, helper, post)
        await work()
        return f"/posts/{post.id}#reply-{reply.id}"

    return answer


@pytest.fixture
def again(runtime, session):
    """Runs the job of the one push that there was a second time."""

    async def deliver():
        payload = await session.scalar(
            select(EventRecord.payload).where(EventRecord.name == "push.queued")
        )
        async with transaction(runtime.sessions) as other:
            await deliver_push(other, PushQueued(**payload))

    return deliver


async def subscriptions(session):
    return await session.scalar(select(func.count()).select_from(PushSubscription))


def verified(header, audience):
    """The claims of a VAPID header whose signature is that of our key (RFC 8292)."""
    scheme, _, parameters = header.partition(" ")
    given = dict(part.strip().split("=", 1) for part in parameters.split(","))
    assert (scheme, given["k"]) == ("vapid", server_key())
    head, claims, signature = given["t"].split(".")
    assert json.loads(decoded(head))["alg"] == "ES256"
    raw = decoded(signature)
    halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(given["k"]))
    public.verify(
        encode_dss_signature(*halves), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
    )
    said = json.loads(decoded(claims))
    assert said["aud"] == audience
    return said


async def test_a_browser_gets_what_the_inbox_says_sealed_and_signed(session, client, tell, nearby):
    asker = await a_person(session, locale="en")
    browser = a_browser()
    async with sink(saying("201 Created")) as heard:
        headers = await bearer(session, asker)
        await subscribed(client, headers, browser.asked(nearby(heard)))
        path = await tell(asker)
    (asked,) = heard.asked
    assert asked.line == "POST /s/c2VjcmV0 HTTP/1.1"
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert 0 < int(asked.headers["ttl"]) <= 24 * 3_600
    assert len(asked.headers["topic"]) == 32
    claims = verified(asked.headers["authorization"], "http://127.0.0.1")
    now = clock.now().timestamp()
    assert now < claims["exp"] <= now + 24 * 3_600
    assert claims["sub"] == "mailto:betrieb@kontor.example"
    assert b"Kim Jaspert" not in asked.body
    told = browser.opened(asked.body)
    assert told["text"] == "Kim Jaspert replied to “Wer bildet Feinwerkmechaniker aus?”."
    assert (told["title"], told["lang"], told["path"]) == ("Kontor", "en", path)


def test_a_push_says_no_more_than_the_subject_of_the_mail():
    load_features()
    params = {"post": "Presse gesucht", "other": "Presse", "reasons": []}
    assert said_shortly("match.found", params, "de") == "Passend zu Ihrem Beitrag: Presse"
    assert said_shortly("gone.type", {}, "de") == "Es gibt etwas Neues."


async def test_only_who_may_see_it_is_told_t23(runtime, session, client, work, nearby):
    founder, member, stranger = [await a_person(session) for _ in range(3)]
    group = await a_group(session, founder, admission=Admission.HIDDEN)
    await a_membership(session, group, member)
    browser = a_browser()
    async with sink(saying("201 Created")) as heard:
        base = nearby(heard)
        for person in (member, stranger):
            headers = await bearer(session, person)
            await subscribed(client, headers, browser.asked(f"{base}/{person.slug}"))
        async with transaction(runtime.sessions) as other:
            body = f"Hallo @{member.slug} @{stranger.slug}"
            await a_post(other, founder, group_id=group.id, body=body)
        await work()
    assert [asked.line for asked in heard.asked] == [f"POST /s/c2VjcmV0/{member.slug} HTTP/1.1"]


async def read_it(session, person, client):
    await mark_read(session, as_actor(person), ReadMark())


async def close_it(session, person, client):
    await session.execute(
        update(Account).where(Account.id == person.account_id).values(closed_at=clock.now())
    )


async def sign_out(session, person, client):
    await end_sessions(session, person.account_id)


async def stay_away(session, person, client):
    long_ago = clock.now() - timedelta(days=15)
    await session.execute(update(SignedInSession).values(last_used_at=long_ago))


async def remove_it(session, person, client):
    subscription = await session.scalar(select(PushSubscription.id))
    await remove_subscription(session, as_actor(person), subscription)


async def hand_the_browser_on(session, person, client):
    other = await a_person(session)
    await session.execute(update(PushSubscription).values(person_id=other.id))


@pytest.mark.parametrize(
    "what", [read_it, close_it, sign_out, stay_away, remove_it, hand_the_browser_on]
)
async def test_nothing_is_sent_any_more_once_somebody(what, session, client, tell, again, nearby):
    person = await a_person(session)
    async with sink(saying("201 Created")) as heard:
        headers = await bearer(session, person)
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        await tell(person)
        await again()
        first, second = heard.asked  # as long as nothing has happened
        assert first.headers["topic"] == second.headers["topic"]
        await what(session, person, client)
        await session.commit()
        await again()
        assert len(heard.asked) == 2


async def test_a_revoked_token_takes_its_browser_with_it_t36(session, client, tell, again, nearby):
    person = await a_person(session)
    headers = await bearer(session, person, "notifications:write", "notifications:read")
    async with sink(saying("201 Created")) as heard:
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        (shown,) = (await client.get(URL, headers=headers)).json()["items"]
        assert (shown["token_label"], shown["user_agent"]) == ("test", None)
        await tell(person)
        await session.execute(update(AccessToken).values(revoked_at=clock.now()))
        await session.commit()
        await again()
        assert len(heard.asked) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_a_browser_that_its_service_no_longer_knows_is_forgotten(
    status, session, client, tell, nearby
):
    person = await a_person(session)
    headers = await bearer(session, person)
    async with sink(saying(status)) as heard:
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        await tell(person)
        assert len(heard.asked) == 1
    assert await subscriptions(session) == 0


@pytest.mark.parametrize("status", ["429 Too Many", "500 Oops", "503 Busy"])
async def test_a_service_that_asks_for_patience_is_tried_again(
    status, session, client, tell, again, nearby
):
    person = await a_person(session)
    headers = await bearer(session, person)
    async with sink(saying(status)) as heard:
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        with pytest.raises(Declined):  # which the queue takes as the wish to try later
            await tell(person)
    with pytest.raises(Refused):
        await again()  # nobody listens any more
    assert await subscriptions(session) == 1


@pytest.mark.parametrize("status", ["302 Found", "400 Bad", "403 Forbidden", "413 Large"])
async def test_a_service_that_takes_no_message_from_us_is_left_alone(
    status, session, client, tell, nearby
):
    person = await a_person(session)
    headers = await bearer(session, person)
    async with sink(saying(status, "Location: http://127.0.0.1/")) as heard:
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        await tell(person)
        assert len(heard.asked) == 1
    assert await subscriptions(session) == 1


async def test_an_address_that_may_not_be_asked_any_more_is_not_asked(
    session, client, tell, nearby, configure
):
    person = await a_person(session)
    headers = await bearer(session, person)
    async with sink(saying("201 Created")) as heard:
        await subscribed(client, headers, a_browser().asked(nearby(heard)))
        configure(OUTGOING__ALLOWED_NETWORKS="[]")
        await tell(person)
        assert heard.connections == 0


async def test_pushes_wait_in_a_lane_of_their_own(runtime, session, client, connection):
    person = await a_person(session)
    headers = await bearer(session, person)
    await subscribed(client, headers, a_browser().asked("https://push.example/1"))
    async with transaction(runtime.sessions) as other:
        await tell_people(
            other, WORDINGS["post.replied"], [person.id], params={}, path="/", dedup_key="x"
        )
    lanes = await connection.execute(
        text("SELECT args ->> 'subscriber', queue_name FROM procrastinate_jobs")
    )
    assert {one.rpartition(".")[2]: lane for one, lane in lanes} == {
        "deliver_push": Lane.OUTGOING,
        "deliver_mail": Lane.MAILS,
    }


async def test_subscribing_twice_is_once_and_the_same_session_has_one_browser(session, client):
    person, other = await a_person(session), await a_person(session)
    headers, browser = await bearer(session, person), a_browser()
    first = await subscribed(client, headers, browser.asked("https://push.example/1"))
    assert await subscribed(client, headers, browser.asked("https://push.example/1")) == first
    second = await subscribed(client, headers, browser.asked("https://push.example/2"))
    listed = (await client.get(URL, headers=headers)).json()["items"]
    assert [(one["id"], one["service"], one["is_present"]) for one in listed] == [
        (second, "push.example", True)
    ]
    shown = (await client.get(f"{URL}/{second}", headers=headers)).json()
    assert shown == listed[0]
    assert not {"endpoint", "p256dh", "auth"} & shown.keys()
    strangers = await bearer(session, other)
    assert (await client.get(f"{URL}/{second}", headers=strangers)).status_code == 404
    assert (await client.delete(f"{URL}/{second}", headers=strangers)).status_code == 404
    await subscribed(client, strangers, browser.asked("https://push.example/2"))
    assert (await client.get(URL, headers=headers)).json()["items"] == []


async def test_the_oldest_browsers_make_room(session, client):
    person = await a_person(session)
    for number in range(MANY + 2):
        headers = await bearer(session, person)
        await subscribed(client, headers, a_browser().asked(f"https://push.example/{number}"))
    assert await subscriptions(session) == MANY


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("endpoint", "https://127.0.0.1/", "url_not_allowed"),
        ("endpoint", "http://push.example/", "url_not_allowed"),
        ("p256dh", encoded(b"\4" + bytes(64)), "invalid_push_key"),
        ("p256dh", "AAAA", "invalid_push_key"),
        ("p256dh", "AAAAA", "invalid_push_key"),
        ("auth", "AAAA", "invalid_push_key"),
        ("auth", "AAAAA", "invalid_push_key"),
        ("auth", "sch\u00f6n", "string_pattern_mismatch"),
    ],
)
async def test_what_no_browser_would_say_is_refused(session, client, field, value, code):
    headers = await bearer(session, await a_person(session))
    draft = {**a_browser().asked("https://push.example/1"), field: value}
    answer = await client.post(URL, json=draft, headers=headers)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"/{field}", code)


async def test_the_key_is_public_and_stays_the_same(client, configure):
    key = (await client.get(f"{URL}/key")).json()["public_key"]
    assert len(decoded(key)) == 65
    assert key == (await client.get(f"{URL}/key")).json()["public_key"]
    configure(PUSH__PRIVATE_KEY=encoded(bytes([7] * 32)))
    assert (await client.get(f"{URL}/key")).json()["public_key"] != key


async def test_the_page_offers_this_device_and_lists_the_others(session, client):
    person = await a_person(session)
    headers = await signed_in(session, person)
    page = await client.get("/settings/push", headers=headers)
    assert "Dieser Browser kann hier keine Benachrichtigungen empfangen" in page.text
    assert f'data-key="{server_key()}" hidden' in page.text
    draft = a_browser().asked("https://push.example/1")
    answer = await client.post("/settings/push", data=draft, headers=headers)
    assert answer.headers["location"].startswith("/settings/push?")
    page = await client.get("/settings/push", headers=headers)
    assert "push.example" in page.text
    assert "dieses Gerät" in page.text
    subscription = await session.scalar(select(PushSubscription.id))
    await client.post(f"/settings/push/{subscription}/remove", headers=headers)
    assert await subscriptions(session) == 0
    wrong = draft | {"endpoint": "https://127.0.0.1/"}
    answer = await client.post("/settings/push", data=wrong, headers=headers)
    assert answer.status_code == 422
    assert "öffentliche Adresse" in answer.text


async def test_the_script_in_the_background_may_act_for_the_whole_site(client):
    answer = await client.get("/push-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert len(answer.content) < 2_048
