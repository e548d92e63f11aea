"""JSON endpoints for what one wishes to hear of, how often and when."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract import ContractRouter, Out, operation
from app.core.asking import label_of
from app.core.i18n import translate
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.notifications.preferences import (
    OwnSettings,
    QuietDraft,
    SettingsPatch,
    change_settings,
    read_settings,
)
from app.features.notifications.topics import Family
from app.models.notifications import Volume
from app.models.searches import Frequency

router = ContractRouter(prefix="/me/notification_settings", tags=["notifications"])


class TopicOut(Out):
    """What holds for one topic, chosen or usual."""

    key: str
    label: str = Field(description="In your language.")
    family: Family
    family_label: str
    inbox: bool
    push: bool = Field(
        description="At once, to your devices that asked for it; digests are mails only."
    )
    mail: Frequency | None = Field(description="Null: chosen elsewhere.")


class GroupVolumeOut(Out):
    """How much is told of a group that you belong to."""

    group_id: UUID
    slug: str
    name: str
    volume: Volume | None = Field(description="Null: as usual.")


class NotificationSettingsOut(Out):
    """All your wishes."""

    topics: list[TopicOut]
    groups: list[GroupVolumeOut]
    quiet_hours: QuietDraft | None


def _out(own: OwnSettings) -> dict[str, Any]:
    return {
        "topics": [
            {
                "key": one.key,
                "label": translate(one.topic.label),
                "family": one.topic.family,
                "family_label": translate(label_of(one.topic.family)),
                "inbox": one.inbox,
                "push": one.push,
                "mail": one.mail,
            }
            for one in own.topics
        ],
        "groups": [
            {"group_id": one.id, "slug": one.slug, "name": one.name, "volume": one.volume}
            for one in own.groups
        ],
        "quiet_hours": own.quiet_hours,
    }


@router.get(
    "",
    response_model=NotificationSettingsOut,
    summary="Read your notification settings",
    **operation(scope="notifications:read"),
)
async def read(reads: Reads, actor: CurrentActor) -> Any:
    """Return what you hear of, how often and when."""
    return _out(await read_settings(reads, actor))


@router.patch(
    "",
    response_model=NotificationSettingsOut,
    summary="Change your notification settings",
    **operation(scope="notifications:write", has_body=True),
)
async def change(patch: SettingsPatch, tx: Tx, actor: CurrentActor) -> Any:
    """Change what you hear of; whatever is missing stays."""
    await change_settings(tx, actor, patch)
    return _out(await read_settings(SessionReader(tx), actor))
