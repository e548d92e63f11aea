"""Settings: one frozen tree, from the environment (``KONTOR_…``); every default works."""

import re
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_SECRET = 32  # characters
Mode = Literal["demo", "production"]
Network = IPv4Network | IPv6Network


def words_of(text: str) -> tuple[str, ...]:
    """Return what stands between spaces or line ends."""
    return tuple(text.split())


class Smtp(BaseModel):
    """The mail server; without a host, mails are written to ``var/mail/``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65_535)
    username: str | None = None
    password: SecretStr | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    timeout_seconds: float = Field(default=20, gt=0, le=120)


class Imap(BaseModel):
    """A mailbox from which mail that comes in is read; without a host, none is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = None
    port: int = Field(default=993, ge=1, le=65_535)
    username: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = Field(default="INBOX", pattern=r"^[ -~]{1,200}$")
    timeout_seconds: float = Field(default=20, gt=0, le=120)  # for each answer of the server

    @model_validator(mode="after")
    def _has_an_account(self) -> "Imap":
        if self.host and not (self.username and self.password.get_secret_value()):
            msg = "KONTOR_INBOUND__IMAP__HOST needs …__USERNAME and …__PASSWORD"
            raise ValueError(msg)
        return self


class Inbound(BaseModel):
    """Mail that comes in: handed over by a mail server, or read from a mailbox.

    Without a domain, and either a secret or a mailbox, none does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: str | None = None  # of the addresses to which notifications are answered
    secret: SecretStr | None = None  # shared with the mail server, which signs what it posts
    imap: Imap = Imap()
    authority: str | None = (
        None  # whose Authentication-Results must say dmarc=pass; None: not asked
    )

    @property
    def takes_mail(self) -> bool:
        """Whether mail comes in at all."""
        return bool(self.domain and (self.secret or self.imap.host))

    @model_validator(mode="after")
    def _is_complete(self) -> "Inbound":
        if self.imap.host and not self.domain:
            msg = "KONTOR_INBOUND__IMAP__HOST needs KONTOR_INBOUND__DOMAIN"
            raise ValueError(msg)
        if self.secret and len(self.secret.get_secret_value()) < MIN_SECRET:
            msg = "KONTOR_INBOUND__SECRET must have at least 32 characters"
            raise ValueError(msg)
        return self


class Site(BaseModel):
    """What this instance is called, and for which region it speaks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Kontor"
    tagline: str = "Das Netzwerk der regionalen Wirtschaft"
    region_name: str = "Mittleres Ruhrgebiet"
    region: tuple[str, ...] = ("05911", "05916", "05954016", "05954036")  # AGS, or their beginning
    time_zone: str = "Europe/Berlin"
    data_licence: str = "Datenlizenz Deutschland – Namensnennung – Version 2.0"  # of open data
    data_licence_url: str = "https://www.govdata.de/dl-de/by-2-0"


class Operator(BaseModel):
    """Who answers for this instance, as its legal pages say; what is empty is left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Betreiber dieser Demo"
    email: str = "betrieb@kontor.example"
    imprint: str = "Demo-Betrieb auf diesem Rechner. Kein öffentliches Angebot."  # free text
    address: str = ""  # no PO box
    legal_form: str = ""
    represented_by: str = ""
    phone: str = ""
    register_entry: str = ""  # court and number
    vat_id: str = ""  # or the Wirtschafts-Identifikationsnummer
    supervised_by: str = ""  # of a chamber: the ministry
    profession: str = ""  # chamber, title and rules of a regulated profession
    responsible_for_content: str = ""  # § 18 Abs. 2 MStV
    data_protection_officer: str = ""
    data_protection_authority: str = ""
    hosted_by: str = ""
    arbitration: str = ""  # Schlichtungs- or Ombudsstelle for accessibility
    accessibility_checked: str = ""  # when and how it was last checked


class Hashing(BaseModel):
    """Cost of argon2id: memory in KiB, passes, lanes (RFC 9106)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_kib: int = Field(default=19_456, ge=8)
    passes: int = Field(default=2, ge=1)
    lanes: int = Field(default=1, ge=1)


class Jobs(BaseModel):
    """The worker: how much it does at once, and how soon it takes over from a dead one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int = Field(default=4, ge=1, le=100)
    mails_at_once: int = Field(default=4, ge=1, le=100)  # connections to the mail server
    outgoing_at_once: int = Field(default=4, ge=1, le=100)  # requests to other servers
    heartbeat_seconds: float = Field(default=5, gt=0, le=60)
    dead_after_seconds: float = Field(default=30, gt=0, le=600)

    @property
    def hands(self) -> int:
        """How many jobs of all lanes are done at once; each may need a connection meanwhile."""
        return self.at_once + self.mails_at_once + self.outgoing_at_once


class Outgoing(BaseModel):
    """Where requests to other servers may go, besides public addresses over https."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plain_http: bool = False  # true: http too; for development
    ports: tuple[int, ...] = (443,)
    allowed_networks: tuple[Network, ...] = ()  # though they are not public
    denied_networks: tuple[Network, ...] = ()  # though they are: one's own servers


class Push(BaseModel):
    """Messages to browsers (Web Push, VAPID)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    private_key: SecretStr | None = None  # P-256, base64url; None: made once and kept in var_dir

    @field_validator("private_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key and not re.fullmatch(r"[A-Za-z0-9_-]{43}", key.get_secret_value()):
            msg = "KONTOR_PUSH__PRIVATE_KEY must be 32 bytes in base64url, without ="
            raise ValueError(msg)
        return key


class Retention(BaseModel):
    """How long things are kept before they are deleted, in days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ended_posts_days: int = Field(default=365, ge=0, le=3_650)  # their keepers still see them
    messages_days: int = Field(default=730, ge=1, le=3_650)  # after the last one in a thread
    registrations_days: int = Field(default=180, ge=1, le=3_650)  # after the date they were for
    certificates_days: int = Field(default=1_095, ge=1, le=7_300)  # after they were issued


class Events(BaseModel):
    """Taking part in events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer_hours: int = Field(default=24, ge=1, le=720)  # to confirm a place that was free again
    unconfirmed_hours: int = Field(default=24, ge=1, le=720)  # until a guest's asking is forgotten


class Notifications(BaseModel):
    """Telling people of what is new."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gather_minutes: int = Field(default=10, ge=0, le=1_440)  # between two mails of one matter


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix="KONTOR_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    mode: Mode = "demo"
    base_url: str = "http://127.0.0.1:8000"
    database_url: str | None = None  # None: the embedded PostgreSQL in var_dir
    require_durable_database: bool = True  # false: start though PostgreSQL may forget; for tests
    secret: SecretStr | None = None  # signs cursors; None: made once and kept in var_dir
    sealing_keys: SecretStr | None = None  # newest first, between them spaces; None: as above
    var_dir: Path = Path("var")
    trusted_proxies: tuple[str, ...] = ()
    write_connections: int = Field(default=8, ge=1, le=200)
    read_connections: int = Field(default=8, ge=1, le=200)
    pool_timeout_seconds: float = Field(default=3, gt=0, le=60)
    synonyms_files: tuple[Path, ...] = ()  # of words for searches, beside those that come along
    limits_storage: str = "memory://"
    rate_limits: bool = True
    publish_imported_stubs: bool = False  # the operator confirms a legal basis (Art. 6 GDPR)
    mail_sender: str = "kontor@kontor.example"
    smtp: Smtp = Smtp()
    inbound: Inbound = Inbound()
    site: Site = Site()
    operator: Operator = Operator()
    hashing: Hashing = Hashing()
    jobs: Jobs = Jobs()
    outgoing: Outgoing = Outgoing()
    push: Push = Push()
    retention: Retention = Retention()
    events: Events = Events()
    notifications: Notifications = Notifications()

    @model_validator(mode="after")
    def _production_is_deliberate(self) -> "Settings":
        if self.mode == "production":
            if not self.base_url.startswith("https://"):
                msg = "KONTOR_BASE_URL must begin with https:// in production"
                raise ValueError(msg)
            if self.secret is None or len(self.secret.get_secret_value()) < MIN_SECRET:
                msg = "KONTOR_SECRET must have at least 32 characters in production"
                raise ValueError(msg)
            keys = words_of(self.sealing_keys.get_secret_value()) if self.sealing_keys else ()
            if not keys or min(map(len, keys)) < MIN_SECRET:
                msg = "KONTOR_SEALING_KEYS must name keys of at least 32 characters in production"
                raise ValueError(msg)
            if not self.require_durable_database:
                msg = "KONTOR_REQUIRE_DURABLE_DATABASE must be true in production"
                raise ValueError(msg)
            if self.outgoing.plain_http:
                msg = "KONTOR_OUTGOING__PLAIN_HTTP must be false in production"
                raise ValueError(msg)
        return self

    @property
    def is_https(self) -> bool:
        """Whether browsers reach this instance over TLS."""
        return self.base_url.startswith("https://")

    @property
    def mails_are_readable(self) -> bool:
        """Whether mails that were written to files may be read at the pages."""
        return self.mode == "demo" and self.smtp.host is None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which dates are shown."""
        return ZoneInfo(self.site.time_zone)


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
