"""What one may wish to hear of: topics, and how often they are told unless somebody wishes else."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.asking import label
from app.core.i18n import N_
from app.models.searches import Frequency


class Family(StrEnum):
    """Topics that belong together, on the page of settings and in a digest."""

    CONVERSATIONS = "conversations"
    POSTS = "posts"
    GROUPS = "groups"
    FEED = "feed"
    COMPANIES = "companies"
    SEARCHES = "searches"


label(
    {
        Family.CONVERSATIONS: N_("Nachrichten und Anfragen"),
        Family.POSTS: N_("Ihre Beiträge und Antworten"),
        Family.GROUPS: N_("Gruppen"),
        Family.FEED: N_("Mein Verlauf"),
        Family.COMPANIES: N_("Ihre Unternehmen"),
        Family.SEARCHES: N_("Suchaufträge"),
    }
)


TOPICS: dict[str, "Topic"] = {}


@dataclass(frozen=True, slots=True)
class Topic:
    """Notifications that are switched together.

    ``mail`` is how often they are mailed by default; None where a mail of its own is sent or its
    frequency is chosen elsewhere, as ``hint`` says. What is ``of_groups`` is the life of a group,
    which can be heard louder or quieter for each of them. What is ``only_gathered`` stands in
    digests and nowhere else: there are no notifications of it.
    """

    key: str
    family: Family
    label: str
    mail: Frequency | None = Frequency.AT_ONCE
    of_groups: bool = False
    only_gathered: bool = False
    hint: str = ""

    def __post_init__(self) -> None:
        assert self.key not in TOPICS, self.key  # noqa: S101 - a slip of ours
        TOPICS[self.key] = self


MESSAGES = Topic("messages", Family.CONVERSATIONS, N_("Neue Nachrichten"))
INQUIRIES = Topic("inquiries", Family.CONVERSATIONS, N_("Anfragen und was aus ihnen wird"))
MEDIATIONS = Topic("mediations", Family.CONVERSATIONS, N_("Bitten um Vermittlung"))
REPLIES = Topic("replies", Family.POSTS, N_("Antworten auf Ihre Beiträge"))
MENTIONS = Topic("mentions", Family.POSTS, N_("Erwähnungen von Ihnen und Ihrem Unternehmen"))
ACCEPTED = Topic("accepted_answers", Family.POSTS, N_("Auszeichnung Ihrer Antworten"))
DEADLINES = Topic("deadlines", Family.POSTS, N_("Fristen Ihrer Beiträge"))
POOLS = Topic("pools", Family.POSTS, N_("Einkaufsgemeinschaften, an denen Sie teilnehmen"))
EVENTS = Topic("events", Family.POSTS, N_("Veranstaltungen, an denen Sie teilnehmen"))
EVENT_REMINDERS = Topic(
    "event_reminders",
    Family.POSTS,
    N_("Erinnerung am Tag vor einer Veranstaltung"),
    hint=N_("Seltener als sofort kommt sie vielleicht zu spät."),
)
REGISTRATIONS = Topic(
    "registrations",
    Family.POSTS,
    N_("Anmeldungen zu Ihren Veranstaltungen"),
    Frequency.DAILY,
)
CALENDARS = Topic("calendars", Family.POSTS, N_("Kalender, die für Sie gelesen werden"))
MATCHES = Topic("matches", Family.POSTS, N_("Passendes zu Ihren Beiträgen"))
MEMBERSHIPS = Topic(
    "memberships", Family.GROUPS, N_("Ihre Mitgliedschaften: Einladungen, Aufnahmen, Aufgaben")
)
JOIN_REQUESTS = Topic(
    "join_requests", Family.GROUPS, N_("Beitrittsanfragen, über die Sie entscheiden")
)
CHARTERS = Topic(
    "charters", Family.GROUPS, N_("Neue Gruppenordnungen"), Frequency.WEEKLY, of_groups=True
)
GROUP_POSTS = Topic(
    "group_posts",
    Family.GROUPS,
    N_("Neue Beiträge in Ihren Gruppen"),
    Frequency.WEEKLY,
    of_groups=True,
)
NEW_GROUPS = Topic(
    "new_groups", Family.GROUPS, N_("Neue Gruppen zu Orten und Themen"), Frequency.WEEKLY
)
FOLLOWS = Topic(
    "follows",
    Family.FEED,
    N_("Neue Beiträge zu allem, dem Sie folgen"),
    Frequency.WEEKLY,
    only_gathered=True,
    hint=N_("In Ihrem Verlauf stehen sie immer; die Übersicht kommt nur, wenn es Neues gibt."),
)
ROLES = Topic("roles", Family.COMPANIES, N_("Ihre Aufgabe in einem Unternehmen"))
STAFF = Topic(
    "staff", Family.COMPANIES, N_("Wer zu Ihrem Unternehmen gehört"), mail=Frequency.NEVER
)
CLAIMS = Topic(
    "claims",
    Family.COMPANIES,
    N_("Anträge auf Unternehmensprofile"),
    mail=None,
    hint=N_("Über Entscheidungen schreiben wir Ihnen immer auch eine E-Mail."),
)
SEARCHES = Topic(
    "searches",
    Family.SEARCHES,
    N_("Treffer Ihrer Suchaufträge"),
    mail=None,
    hint=N_("Wie oft wir Ihnen davon schreiben, wählen Sie bei jedem Suchauftrag."),
)
