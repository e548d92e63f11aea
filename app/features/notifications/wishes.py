"""How often one is told of a topic on a channel, and when that is: chosen, or as usual."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select

from app.core.settings import settings
from app.features.notifications.topics import Topic
from app.features.searches.due import next_morning
from app.models.notifications import Channel, NotificationSetting, Volume
from app.models.searches import Frequency

_OF_VOLUMES = {
    Volume.LOUDER: dict.fromkeys(Channel, Frequency.AT_ONCE),
    Volume.QUIETER: {Channel.MAIL: Frequency.NEVER, Channel.PUSH: Frequency.NEVER},
    Volume.MUTED: dict.fromkeys(Channel, Frequency.NEVER),
}


def usual(topic: Topic, channel: Channel) -> Frequency:
    """Return how often a topic is told to those who wish nothing else."""
    if channel == Channel.INBOX:
        return Frequency.NEVER if topic.only_gathered else Frequency.AT_ONCE
    if channel == Channel.MAIL:
        return topic.mail or Frequency.NEVER
    is_urgent = topic.mail in {None, Frequency.AT_ONCE}
    return Frequency.AT_ONCE if is_urgent else Frequency.NEVER


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is sent, in local time; they may lie around midnight."""

    begins: time
    ends: time

    def end_after(self, moment: datetime) -> datetime:
        """Return when it may be sent: the moment itself, or the end of the quiet hours it is in."""
        local = moment.astimezone(settings().zone)
        here = local.time()
        over_midnight = self.ends <= self.begins
        if over_midnight:
            is_in = here >= self.begins or here < self.ends
        else:
            is_in = self.begins <= here < self.ends
        if not is_in:
            return moment
        day = local.date()
        if over_midnight and here >= self.begins:
            day += timedelta(days=1)
        return datetime.combine(day, self.ends, settings().zone)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one reader wishes of one topic: chosen, in the group it is about, and when not."""

    chosen: Mapping[str, str]
    volume: Volume | None = None
    quiet: Quiet | None = None

    def frequency(self, topic: Topic, channel: Channel) -> Frequency:
        """Return how often to tell of a topic; what was chosen for its group goes first."""
        of_group = _OF_VOLUMES[self.volume] if topic.of_groups and self.volume else {}
        if channel in of_group:
            return of_group[channel]
        if channel == Channel.MAIL and topic.mail is None:
            return Frequency.NEVER
        return Frequency(self.chosen.get(channel, usual(topic, channel)))

    def due(
        self, frequency: Frequency, now: datetime, *, not_before: datetime | None = None
    ) -> datetime | None:
        """Return when something that happens now is to be sent; None for never.

        At once means at ``not_before`` where a mail of the same went out just now.
        """
        if frequency == Frequency.NEVER:
            return None
        soon = max(now, not_before or now)
        moment = soon if frequency == Frequency.AT_ONCE else next_morning(now, frequency)
        return self.quiet.end_after(moment) if self.quiet else moment


def chosen_by(person: Any, topic: Any) -> ColumnElement[Any]:
    """Select what a person chose for a topic: frequencies by channel, null where nothing."""
    return (
        select(
            func.jsonb_object_agg(
                cast(NotificationSetting.channel, Text()),
                cast(NotificationSetting.frequency, Text()),
            )
        )
        .where(NotificationSetting.person_id == person, NotificationSetting.topic == topic)
        .scalar_subquery()
    )


def wishes_of(row: Any) -> Wishes:
    """Return the wishes in a row with ``chosen``, ``volume``, ``begins`` and ``ends``."""
    quiet = Quiet(row.begins, row.ends) if row.begins is not None else None
    return Wishes(row.chosen or {}, row.volume, quiet)
