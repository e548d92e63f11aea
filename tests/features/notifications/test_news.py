"""What is new of all that one follows: by mail once a week, each once, and only what one sees."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import transaction
from app.features.accounts.account import AccountClosed
from app.features.feed.muting import mute
from app.features.feed.position import ReadTo, mark_read
from app.features.feed.since import MOST_COUNTED
from app.features.follows.following import FollowDraft, follow, unfollow_thing
from app.features.notifications.gathering import MailsDue, announce_due, send_due
from app.features.notifications.leaving import forget_told
from app.features.notifications.news import NAMED
from app.features.notifications.preferences import SettingsPatch, change_settings
from app.models.accounts import Account
from app.models.notifications import FollowNews, Notification, NotificationSetting
from app.models.posts import Post, PostStatus
from app.models.statistics import Appearance
from tests.features.feed.test_reading import BAKERY
from tests.features.feed.test_sectors import of_sector
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer, signed_in

BEFORE = datetime(2026, 11, 30, 11, tzinfo=UTC)
TUESDAY = datetime(2026, 12, 1, 11, tzinfo=UTC)
MONDAY = datetime(2026, 12, 7, 5, tzinfo=UTC)  # six in the morning in Berlin
WEEK = timedelta(days=7)


@pytest.fixture
async def people(session):
    """Max, who will follow something, and Lena, who writes."""
    found = await a_person(session, "Max"), await a_person(session, "Lena Oberste")
    await session.commit()
    return found


@pytest.fixture
def at(runtime, work):
    """Do something at some moment, and the jobs that come of it."""

    async def done(moment, act):
        with clock.set_to(moment):
            async with transaction(runtime.sessions) as tx:
                result = await act(tx)
            await work()
        return result

    return done


@pytest.fixture
def follows(at):
    async def followed(person, target, key, moment=BEFORE):
        draft = FollowDraft(target=target, key=str(key))
        await at(moment, lambda tx: follow(tx, as_actor(person), draft))

    return followed


@pytest.fixture
def write(at):
    async def written(author, title, kind="question", moment=TUESDAY, **fields):
        return await at(moment, lambda tx: a_post(tx, author, kind, title=title, **fields))

    return written


@pytest.fixture
def wish(at):
    async def wished(person, moment=BEFORE, **patch):
        draft = SettingsPatch.model_validate(patch)
        await at(moment, lambda tx: change_settings(tx, as_actor(person), draft))

    return wished


@pytest.fixture
def mails(at, outbox):
    """Let the clock of the worker tick at some moment; return what was mailed then."""

    async def ticked(moment=MONDAY):
        outbox.outbox.clear()
        await at(moment, announce_due)
        return [mail for _, mail in outbox.outbox]

    return ticked


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


async def test_mondays_digest_names_what_is_new_once_each_with_reasons_and_next_week_nothing(
    session, people, follows, write, mails
):
    max_, lena = people
    firm = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    await session.commit()
    await follows(max_, "place", "Hattingen")
    await follows(max_, "sector", "2008:25")
    post = await write(lena, "Wer fährt mit?", place="Hattingen")
    both = await write(
        lena, "Halle gesucht", company_id=firm.id, place="Hattingen", moment=TUESDAY + WEEK / 7
    )
    assert await mails(MONDAY - timedelta(minutes=1)) == []
    [mail] = await mails()
    assert mail["Subject"] == "Ihre Übersicht: 2 Neuigkeiten"
    assert (
        "Mein Verlauf\n"
        "- Halle gesucht "
        "(weil Sie Hattingen und der Branche Herstellung von Metallerzeugnissen folgen)\n"
        f"  http://testserver/posts/{both.id}\n"
        "- Wer fährt mit? (weil Sie Hattingen folgen)\n"
        f"  http://testserver/posts/{post.id}\n\n"
        "Ganzen Verlauf ansehen:\n"
        "http://testserver/feed\n"
    ) in text_of(mail)
    assert await mails() == []
    assert await mails(MONDAY + WEEK) == []
    assert await session.scalar(select(func.count()).select_from(Notification)) == 0
    told = select(Appearance.author, Appearance.times).where(Appearance.surface == "digest")
    assert set(map(tuple, await session.execute(told))) == {("firm", 1), ("person", 1)}
    await write(lena, "Noch eine Frage", place="Hattingen", moment=MONDAY + timedelta(days=9))
    [mail] = await mails(MONDAY + 2 * WEEK)
    assert mail["Subject"] == "Neu in Ihrem Verlauf: Noch eine Frage"


async def test_it_is_said_in_the_language_of_its_reader(session, follows, write, mails):
    max_, lena = await a_person(session, "Max", locale="en"), await a_person(session)
    await session.commit()
    await follows(max_, "kind", "question")
    await write(lena, "Wer fährt mit?")
    [mail] = await mails()
    assert mail["Subject"] == "New in your feed: Wer fährt mit?"
    assert "(because you follow " in text_of(mail)
    assert "Questions" in text_of(mail)


async def test_more_than_there_is_room_for_is_counted_with_a_link_to_the_feed(
    people, at, follows, mails
):
    max_, lena = people
    await follows(max_, "tag", "Azubi")
    await follows(max_, "kind", "question")

    async def many(tx):
        for number in range(NAMED + 3):
            await a_post(tx, lena, title=f"Frage {number}", tags=["Azubi"])

    await at(TUESDAY, many)
    [mail] = await mails()
    assert "- und 3 weitere\n  http://testserver/feed\n" in text_of(mail)
    assert text_of(mail).count("weil Sie") == NAMED + 1  # and why there is a mail at all


async def test_what_is_too_much_to_count_is_not_counted(people, at, follows, mails, monkeypatch):
    max_, lena = people
    await follows(max_, "kind", "question")
    for module in ("feed.since", "notifications.letters"):
        monkeypatch.setattr(f"app.features.{module}.MOST_COUNTED", NAMED + 1)
    assert MOST_COUNTED > NAMED + 1

    async def many(tx):
        for number in range(NAMED + 4):
            await a_post(tx, lena, title=f"Frage {number}")

    await at(TUESDAY, many)
    [mail] = await mails()
    assert mail["Subject"] == f"Ihre Übersicht: mindestens {NAMED + 1} Neuigkeiten"
    assert "- und mindestens 1 weitere\n" in text_of(mail)


@pytest.mark.parametrize(
    "gone", ["own", "withdrawn", "muted", "read", "unfollowed", "closed", "hidden", "before"]
)
async def test_what_is_no_news_to_a_reader_or_not_to_be_seen_is_not_told_t28_t33(
    session, people, at, follows, write, mails, gone
):
    max_, lena = people
    group = await a_group(session, lena, "Netzwerk Ausbildung", admission="hidden")
    await session.commit()
    await follows(max_, "kind", "question")
    fields = {"group_id": group.id} if gone == "hidden" else {}
    moment = BEFORE - timedelta(days=1) if gone == "before" else TUESDAY
    author = max_ if gone == "own" else lena
    post = await write(author, "Wer fährt mit?", tags=["Azubi"], moment=moment, **fields)
    if gone == "withdrawn":
        await session.execute(update(Post).values(status=PostStatus.WITHDRAWN))
    elif gone == "muted":
        await mute(session, as_actor(max_), "tag", "Azubi")
    elif gone == "read":
        with clock.set_to(TUESDAY):
            to = ReadTo(at=post.published_at, post_id=post.id)
            await mark_read(session, as_actor(max_), to)
    elif gone == "unfollowed":
        await unfollow_thing(session, as_actor(max_), "kind", "question")
    elif gone == "closed":
        mine = Account.id == max_.account_id
        await session.execute(update(Account).where(mine).values(closed_at=TUESDAY))
    await session.commit()
    assert await mails() == []
    due = await session.scalar(select(FollowNews.due_at))
    # Whoever follows nothing is looked at no more; a closed account is forgotten by another job.
    assert due == {"unfollowed": None, "closed": MONDAY}.get(gone, MONDAY + WEEK)


async def test_what_another_line_tells_is_not_told_twice(session, people, follows, write, mails):
    max_, lena = people
    group = await a_group(session, lena, "Netzwerk Ausbildung")
    await a_membership(session, group, max_)
    await session.commit()
    await follows(max_, "kind", "question")
    await write(lena, "Wer hat freie Plätze?", group_id=group.id)
    await write(lena, "Wer fährt mit?")
    [mail] = await mails()
    text = text_of(mail)
    assert text.count("Wer hat freie Plätze?") == text.count("Wer fährt mit?") == 1
    assert mail["Subject"] == "Ihre Übersicht: 2 Neuigkeiten"
    assert text.index("Gruppen\n") < text.index("Mein Verlauf\n")
    assert "Nur Neues aus Ihrem Verlauf abbestellen: http://testserver/unsubscribe" in text


async def test_one_click_stops_this_topic_and_nothing_else_t85(
    session, client, people, follows, write, mails
):
    max_, lena = people
    await follows(max_, "kind", "question")
    await write(lena, "Wer fährt mit?")
    [mail] = await mails()
    link = re.search(r"<http://testserver(/[^>]+)>", mail["List-Unsubscribe"])[1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with clock.set_to(MONDAY):
        shown = (await client.get(link)).text
        assert "Neue Beiträge zu allem, dem Sie folgen" in shown
        assert "In Ihrem Verlauf finden Sie weiter alles." in shown
        stopped = await client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    kept = select(NotificationSetting.topic, NotificationSetting.frequency)
    assert list(map(tuple, await session.execute(kept))) == [("follows", "never")]
    await write(lena, "Wer fährt zurück?", moment=MONDAY + timedelta(days=1))
    assert await mails(MONDAY + WEEK) == []


async def test_it_comes_as_often_as_wished_and_after_quiet_hours(
    people, follows, wish, write, mails
):
    max_, lena = people
    await follows(max_, "kind", "question")
    quiet = {"begins": "22:00", "ends": "07:00"}
    await wish(max_, moment=TUESDAY, topics={"follows": {"mail": "daily"}}, quiet_hours=quiet)
    await write(lena, "Wer fährt mit?")
    morning = datetime(2026, 12, 2, 6, tzinfo=UTC)
    assert await mails(morning - timedelta(minutes=1)) == []
    assert len(await mails(morning)) == 1
    await wish(max_, moment=morning, topics={"follows": {"mail": "never"}})
    await write(lena, "Wer fährt zurück?", moment=morning + timedelta(hours=1))
    later = morning + timedelta(days=1)
    assert await mails(later) == []
    await wish(max_, moment=later, topics={"follows": {"mail": "daily"}})
    assert await mails(later + timedelta(days=1)) == []  # from before it was wished again
    await write(lena, "Wer lädt aus?", moment=later + timedelta(days=1))
    [mail] = await mails(later + timedelta(days=2))
    assert mail["Subject"] == "Neu in Ihrem Verlauf: Wer lädt aus?"


async def test_following_more_moves_nothing_that_is_due(session, people, follows, write, mails):
    max_, lena = people
    await follows(max_, "kind", "question")
    await write(lena, "Wer fährt mit?")
    await follows(max_, "tag", "Azubi", moment=MONDAY + timedelta(minutes=2))
    assert len(await mails(MONDAY + timedelta(minutes=3))) == 1
    assert await session.scalar(select(FollowNews.due_at)) == MONDAY + WEEK


@pytest.mark.parametrize("minutes", [-1, 5])
async def test_what_comes_in_the_hour_of_a_digest_is_told_next_time(
    people, follows, write, mails, minutes
):
    max_, lena = people
    await follows(max_, "kind", "question")
    late = MONDAY + timedelta(minutes=40)
    await write(lena, "Wer fährt mit?", moment=late + timedelta(minutes=minutes))
    assert await mails(late) == []
    assert len(await mails(MONDAY + WEEK)) == 1


async def test_a_post_under_a_reference_that_says_only_its_hour_is_told_all_the_same(
    people, follows, wish, write, mails
):
    max_, lena = people
    await follows(max_, "kind", "succession_offer", moment=BEFORE + timedelta(minutes=50))
    await wish(max_, quiet_hours={"begins": "22:00", "ends": "06:30"})
    told = []
    for moment in (BEFORE + timedelta(minutes=55), MONDAY + timedelta(minutes=35)):
        post = await write(lena, "Bäckerei", "succession_offer", moment=moment, details=BAKERY)
        told.append(post.reference)
    [mail] = await mails(MONDAY + timedelta(minutes=30))
    assert told[0] in text_of(mail)
    assert "Bäckerei" not in text_of(mail)
    [mail] = await mails(MONDAY + WEEK + timedelta(minutes=30))
    assert told[1] in text_of(mail)


async def test_a_job_that_runs_twice_or_dies_tells_once(
    people, runtime, work, follows, write, outbox
):
    max_, lena = people
    await follows(max_, "kind", "question")
    await write(lena, "Wer fährt mit?")
    due = MailsDue(person_ids=(max_.id,), before=MONDAY)

    async def die():
        async with transaction(runtime.sessions) as tx:
            await send_due(tx, due)
            raise RuntimeError

    with clock.set_to(MONDAY):
        with pytest.raises(RuntimeError):
            await die()
        for _ in range(2):
            async with transaction(runtime.sessions) as tx:
                await send_due(tx, due)
        await work()
    assert len(outbox.outbox) == 1


async def test_a_batch_takes_as_many_queries_for_many_as_for_few(
    session, people, runtime, follows, write, queries
):
    max_, lena = people
    readers = [max_] + [await a_person(session, f"Person {number}") for number in range(6)]
    await session.commit()
    for person in readers:
        await follows(person, "kind", "question")
        await follows(person, "tag", "Azubi")
    for number in range(4):
        await write(lena, f"Frage {number}", tags=["Azubi"])
    counted = []
    for batch in (readers[:1], readers[1:2], readers[2:]):
        with clock.set_to(MONDAY):
            queries.clear()
            async with transaction(runtime.sessions) as tx:
                due = MailsDue(person_ids=tuple(one.id for one in batch), before=MONDAY)
                await send_due(tx, due)
                counted.append(len(queries))
    assert len(set(counted)) == 1


async def test_whoever_leaves_is_forgotten(session, people, follows):
    max_, _ = people
    await follows(max_, "kind", "question")
    event = AccountClosed(account_id=max_.account_id, person_id=max_.id)
    await forget_told(session, event)
    assert await session.scalar(select(func.count()).select_from(FollowNews)) == 0


async def test_it_is_wished_on_both_fronts_by_mail_and_never_at_once(session, client, people):
    max_, _ = people
    page, api = await signed_in(session, max_), await bearer(session, max_)
    await session.commit()
    url = "/api/v1/me/notification_settings"
    own = (await client.get(url, headers=api)).json()["topics"]
    [topic] = [one for one in own if one["key"] == "follows"]
    assert (topic["mail"], topic["inbox"], topic["push"]) == ("weekly", False, False)
    for wrong in ({"mail": "at_once"}, {"inbox": True}):
        refused = await client.patch(url, headers=api, json={"topics": {"follows": wrong}})
        assert refused.status_code == 422
    shown = (await client.get("/settings/notifications", headers=page)).text
    chosen = re.search(r'<select[^>]*name="topics.follows.mail".*?</select>', shown, re.DOTALL)[0]
    assert re.findall(r'value="([a-z_]+)"( selected)?', chosen) == [
        ("daily", ""), ("weekly", " selected"), ("never", "")
    ]  # fmt: skip
    assert 'name="topics.follows.inbox"' not in shown
    kept = await client.patch(url, headers=api, json={"topics": {"follows": {"mail": "daily"}}})
    assert {one["key"]: one["mail"] for one in kept.json()["topics"]}["follows"] == "daily"
