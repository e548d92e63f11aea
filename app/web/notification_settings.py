"""The page "Benachrichtigungen einstellen": topics and quiet hours, and how loud each group is."""

from itertools import groupby
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from starlette.responses import Response

from app.core.asking import Asked, label_of
from app.core.errors import Invalid
from app.core.i18n import N_, Locale, translate
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import PLUMBING
from app.edge.refusals import field_errors
from app.features.notifications.preferences import (
    Gathered,
    OwnSettings,
    QuietDraft,
    SettingsPatch,
    change_settings,
    read_settings,
)
from app.features.notifications.topics import TOPICS, Topic
from app.models.notifications import Volume
from app.models.searches import Frequency
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter(prefix="/settings/notifications")


class _InboxChoice(BaseModel):
    """What a form says of a topic that is not mailed from here."""

    inbox: Annotated[bool, Asked(N_("Im Posteingang zeigen"))] = False
    push: Annotated[bool, Asked(N_("Auf Ihren Geräten zeigen"))] = False


class _Choice(_InboxChoice):
    """What a form says of a topic."""

    mail: Annotated[Frequency, Asked(N_("Per E-Mail"), needed=True)] = Frequency.NEVER


def _gathered(locale: Locale) -> list[tuple[str, str]]:
    return [(one.value, translate(label_of(one), locale)) for one in get_args(Gathered)]


class _DigestChoice(BaseModel):
    """What a form says of a topic that stands in digests only."""

    mail: Annotated[Gathered, Asked(N_("Per E-Mail"), choices=_gathered, needed=True)] = (
        Frequency.NEVER
    )


def _asked_of(topic: Topic) -> tuple[Any, Any]:
    kind: type[BaseModel] = _InboxChoice if topic.mail is None else _Choice
    if topic.only_gathered:
        kind = _DigestChoice
    return kind, Field(default_factory=kind)


_CHOICES: dict[str, Any] = {topic.key: _asked_of(topic) for topic in TOPICS.values()}
_Choices = create_model("_Choices", __config__=ConfigDict(extra="forbid"), **_CHOICES)


class _SettingsForm(BaseModel):
    """The whole form: what is not ticked is not wished."""

    model_config = ConfigDict(extra="forbid")

    topics: _Choices
    quiet_hours: QuietDraft | None = None


async def _shown(page: Page, reader: Reader) -> dict[str, Any]:
    own = await read_settings(reader, page.actor)
    families = [
        (label_of(family), [(one.topic, one) for one in states])
        for family, states in groupby(own.topics, key=lambda one: one.topic.family)
    ]
    volumes = [(one.value, translate(label_of(one))) for one in Volume]
    return {"families": families, "groups": own.groups, "volumes": volumes, "own": own}


def _values(own: OwnSettings) -> dict[str, Any]:
    return {
        "topics": {
            one.key: {"inbox": one.inbox, "push": one.push, "mail": one.mail} for one in own.topics
        },
        "quiet_hours": {"begins": own.quiet_hours.begins, "ends": own.quiet_hours.ends}
        if own.quiet_hours
        else {},
    }


@router.get("")
async def show(page: CurrentPage, reads: Reads) -> Response:
    """Show what the reader hears of, how often and when."""
    shown = await _shown(page, reads)
    form = page.blank(_SettingsForm, _values(shown["own"]))
    return await page.render("settings/notifications.html", form=form, **shown)


@router.post("")
async def change(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Keep what the form says of topics and quiet hours."""
    shown = await _shown(page, reads)
    wished = await page.form(_SettingsForm, "settings/notifications.html", **shown)
    patch = SettingsPatch.model_validate(wished.model_dump())
    await change_settings(tx, page.actor, patch)
    return page.go("/settings/notifications", "notifications.set")


@router.post("/groups")
async def change_groups(page: CurrentPage, tx: Tx) -> Response:
    """Keep how loud the groups are that the form names."""
    posted = await page.request.form()
    groups = {name: text or None for name, text in posted.items() if name not in PLUMBING}
    try:
        patch = SettingsPatch.model_validate({"groups": groups})
    except ValidationError as error:
        raise Invalid(*field_errors(error.errors())) from None
    await change_settings(tx, page.actor, patch)
    return page.go("/settings/notifications", "notifications.set", fragment="groups")
