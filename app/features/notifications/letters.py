"""What the mails of notifications say, and the headers that sort, thread and stop them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.asking import label_of
from app.core.i18n import N_, Locale, as_locale, translate
from app.core.ids import fingerprint
from app.core.letters import Letter, Line, Section, Supplement
from app.core.mailing import Posting
from app.core.settings import settings
from app.features.feed.reasons import because, reasons_of
from app.features.feed.since import MOST_COUNTED, NewPosts
from app.features.notifications.news import News
from app.features.notifications.reply_addresses import reply_address
from app.features.notifications.topics import FOLLOWS, Family
from app.features.notifications.unsubscribing import Kind, MailingList, stop_headers, stop_link
from app.features.notifications.wording import WORDINGS, announced, in_words, said, said_shortly

GREETING: Final = N_("Guten Tag, %(name)s,")
_WHY: Final = N_("Sie erhalten diese Nachricht, weil Sie ein Konto bei %(site)s haben.")
_GATHERED: Final = N_("das ist neu für Sie bei %(site)s:")
_NEWS: Final = N_("Ihre Übersicht: %(count)s Neuigkeiten")
_ONE_NEW: Final = N_("Neu in Ihrem Verlauf: %(post)s")
_MORE: Final = N_("und %(count)s weitere")
_ALL: Final = N_("Alle Benachrichtigungen ansehen")
_FEED: Final = N_("Ganzen Verlauf ansehen")
MOST: Final = 25  # lines of one family in one digest
NAMED: Final = 8  # in one line
_ANSWERS: Final = N_("Sie können auf diese E-Mail antworten.")
_STOP: Final = N_("Diese E-Mails abbestellen")
_STOP_NEWS: Final = N_("Nur Neues aus Ihrem Verlauf abbestellen")
_SETTINGS: Final = N_("Benachrichtigungen einstellen")


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who gets a mail."""

    person_id: UUID
    name: str
    email: str
    locale: str

    @property
    def language(self) -> Locale:
        """The language in which they are written to."""
        return as_locale(self.locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one mail, or one line of a digest, tells."""

    id: UUID
    type: str
    params: Mapping[str, Any]
    path: str
    matter: str
    group_id: UUID | None
    dedup_key: str
    count: int = 1
    each: Sequence[str] = ()


def posting_of(to: Addressee, told: Told, supplement: Supplement | None = None) -> Posting:
    """Return the mail that tells one thing, with what it brings along."""
    wording, locale = WORDINGS[told.type], to.language
    what = said(told.type, told.params, locale, count=told.count)
    subject = translate(wording.thread, locale, **in_words(told.params, locale))
    if not subject:
        is_one = told.count == 1
        subject = said_shortly(told.type, told.params, locale) if is_one else what
    about = _list_of(to, told)
    answers = reply_address(told.id) if wording.answered_in else None
    letter = Letter(
        paragraphs=[
            translate(GREETING, locale, name=to.name),
            "\n".join([what, *([_each(told, locale)] if told.each else [])]),
            *(supplement.paragraphs if supplement else []),
            *([translate(_ANSWERS, locale)] if answers else []),
        ],
        picture=supplement.picture if supplement else None,
        enclosures=supplement.enclosures if supplement else (),
        button=Line(text=translate(N_("Ansehen"), locale), link=address(told.path)),
        small=small_print(about, locale),
    )
    return Posting(
        to=to.email,
        subject=subject,
        letter=letter,
        locale=locale,
        dedup_key=f"{told.dedup_key}:{to.person_id}",
        headers={
            **stop_headers(about),
            **thread_headers(told.matter),
            "List-Id": list_id(_list_name(told)),
            "Precedence": "bulk",
            **({"Reply-To": answers} if answers else {}),
        },
    )


def digest_of(to: Addressee, gathered: Sequence[Told], news: News | None = None) -> Posting:
    """Return the one mail that tells all that was gathered for somebody, and what they follow.

    One that tells of nothing but the latter stops nothing but the latter.
    """
    locale, follows = to.language, MailingList(to.person_id, Kind.TOPIC, FOLLOWS.key)
    about = MailingList(to.person_id, Kind.DIGEST) if gathered else follows
    small = list(small_print(about, locale))
    if gathered and news:
        small.append(Line(text=translate(_STOP_NEWS, locale), link=stop_link(follows)))
    texts = [said(one.type, one.params, locale, count=one.count) for one in gathered]
    letter = Letter(
        paragraphs=[
            translate(GREETING, locale, name=to.name),
            translate(_GATHERED, locale, site=settings().site.name),
        ],
        sections=[
            *_sections(gathered, texts, locale),
            *([_of_news(news.posts, locale)] if news else []),
        ],
        button=Line(text=translate(_ALL, locale), link=address("/notifications"))
        if gathered
        else Line(text=translate(_FEED, locale), link=address("/feed")),
        small=small,
    )
    return Posting(
        to=to.email,
        subject=_subject(texts, news, locale),
        letter=letter,
        locale=locale,
        # What is gathered is due once, so it is the first of one digest; what is new is told once.
        dedup_key=f"digest:{gathered[0].id if gathered else f'{to.person_id}:{_moment(news)}'}",
        headers={**stop_headers(about), "List-Id": list_id("digest"), "Precedence": "bulk"},
    )


def _moment(news: News | None) -> str:
    return news.until.isoformat() if news else ""


def _subject(texts: Sequence[str], news: News | None, locale: Locale) -> str:
    if news is None:
        return texts[0] if len(texts) == 1 else translate(_NEWS, locale, count=len(texts))
    if not texts and news.posts.count == 1:
        return translate(_ONE_NEW, locale, post=announced(news.posts.newest[0]))
    count = _counted(len(texts) + news.posts.count, news.posts, locale)
    return translate(_NEWS, locale, count=count)


def _of_news(posts: NewPosts, locale: Locale) -> Section:
    """Return the newest of what somebody follows, why they hear of it, and how many more are."""
    lines = [
        Line(
            text=announced(post),
            link=address(f"/posts/{post.id}"),
            note=because(reasons_of(post.because, locale), locale),
        )
        for post in posts.newest
    ]
    if (left := posts.count - len(lines)) > 0:
        text = translate(_MORE, locale, count=_counted(left, posts, locale))
        lines.append(Line(text=text, link=address("/feed")))
    return Section(heading=translate(label_of(Family.FEED), locale), lines=lines)


def _counted(count: int, posts: NewPosts, locale: Locale) -> str:
    if posts.count < MOST_COUNTED:
        return str(count)
    return translate(N_("mindestens %(count)s"), locale, count=count)


def _sections(gathered: Sequence[Told], texts: Sequence[str], locale: Locale) -> Sequence[Section]:
    """Return the lines under the families of their topics, as many as one mail bears."""
    by_family: dict[Family, list[Line]] = {family: [] for family in Family}
    for told, text in zip(gathered, texts, strict=True):
        line = Line(text=text, link=address(told.path), note=_each(told, locale))
        by_family[WORDINGS[told.type].topic.family].append(line)
    return [
        Section(
            heading=translate(label_of(family), locale),
            lines=[*lines[:MOST], *_more(len(lines) - MOST, locale)],
        )
        for family, lines in by_family.items()
        if lines
    ]


def _each(told: Told, locale: Locale) -> str:
    """Name those that one line counts, as many as it bears."""
    names = list(dict.fromkeys(told.each))
    return " · ".join([*names[:NAMED], *(one.text for one in _more(len(names) - NAMED, locale))])


def _more(count: int, locale: Locale) -> Sequence[Line]:
    if count <= 0:
        return []
    text = translate(_MORE, locale, count=count)
    return [Line(text=text, link=address("/notifications"))]


def _list_of(to: Addressee, told: Told) -> MailingList:
    topic = WORDINGS[told.type].topic
    if topic.of_groups and told.group_id:
        return MailingList(to.person_id, Kind.GROUP, str(told.group_id))
    return MailingList(to.person_id, Kind.TOPIC, topic.key)


def list_id(name: str) -> str:
    """Return the header by which mail programs sort what belongs together."""
    return f"<{name.replace('_', '-')}.{_host()}>"


def _list_name(told: Told) -> str:
    return f"group-{told.group_id.hex}" if told.group_id else WORDINGS[told.type].topic.key


def thread_headers(matter: str) -> dict[str, str]:
    """Return the headers by which mail programs show all mails of one matter as one thread."""
    root = f"<thread.{fingerprint(matter).hex()[:32]}@{_host()}>"
    return {"In-Reply-To": root, "References": root}


def small_print(about: MailingList, locale: Locale) -> Sequence[Line]:
    """Say why the mail came, and how it stops."""
    return [
        Line(text=translate(_WHY, locale, site=settings().site.name)),
        Line(text=translate(_STOP, locale), link=stop_link(about)),
        Line(text=translate(_SETTINGS, locale), link=address("/settings/notifications")),
    ]


def address(path: str) -> str:
    """Return the whole address of a page of ours."""
    return f"{settings().base_url.rstrip('/')}{path}"


def _host() -> str:
    return settings().mail_sender.partition("@")[2]
