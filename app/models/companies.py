"""Organisations of every form, who works in them, and who answers for what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row
from app.models.people import Visibility


class OrganisationForm(StrEnum):
    """What an organisation is. No rule of the network depends on it."""

    FIRM = "firm"
    CHAMBER = "chamber"
    ASSOCIATION = "association"
    SCHOOL = "school"
    TOWN = "town"
    OTHER = "other"


class CompanyState(StrEnum):
    """STUB: imported, owned by nobody yet. ACTIVE: owned. CLOSED: ended by its owners."""

    STUB = "stub"
    ACTIVE = "active"
    CLOSED = "closed"


class Company(Editable):
    __tablename__ = "companies"
    __table_args__ = (
        Index("ix_companies_sort_name", "sort_name", "id"),
        Index("ix_companies_newest", "created_at", "id"),
        Index("ix_companies_state", "state", "sort_name", "id"),
        Index("ix_companies_size_band", "size_band", "sort_name", "id"),
        Index(
            "ix_companies_training",
            "sort_name",
            "id",
            postgresql_where=text("trains_apprentices"),
        ),
        Index(
            "ix_companies_name_trgm",
            "sort_name",
            postgresql_using="gin",
            postgresql_ops={"sort_name": "gin_trgm_ops"},
        ),
        Index("ix_companies_mediating", "id", postgresql_where=text("mediates_successions")),
        UniqueConstraint("import_source", "external_id"),
    )

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_name: Mapped[str]
    form: Mapped[OrganisationForm] = mapped_column(default=OrganisationForm.FIRM)
    state: Mapped[CompanyState] = mapped_column(default=CompanyState.ACTIVE)
    legal_form: Mapped[str | None] = mapped_column(default=None)
    register_court: Mapped[str | None] = mapped_column(default=None)
    register_type: Mapped[str | None] = mapped_column(default=None)
    register_number: Mapped[str | None] = mapped_column(default=None)
    vat_id: Mapped[str | None] = mapped_column(default=None)
    size_band: Mapped[str | None] = mapped_column(default=None)
    trains_apprentices: Mapped[bool | None] = mapped_column(default=None)
    mediates_successions: Mapped[bool] = mapped_column(default=False, server_default=false())
    founded_year: Mapped[int | None] = mapped_column(default=None)
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    description_html: Mapped[str] = mapped_column(default="")
    offers: Mapped[list[str]] = mapped_column(default_factory=list)
    needs: Mapped[list[str]] = mapped_column(default_factory=list)
    website: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    phone_visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    email: Mapped[str | None] = mapped_column(default=None)
    email_visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    imprint: Mapped[str] = mapped_column(default="")
    imprint_url: Mapped[str | None] = mapped_column(default=None)
    logo_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id"), index=True, default=None)
    import_source: Mapped[str | None] = mapped_column(default=None)
    external_id: Mapped[str | None] = mapped_column(default=None)
    email_on_file: Mapped[str | None] = mapped_column(default=None)  # from the list, never shown

    @property
    def may_publish(self) -> bool:
        """Whether the company has the Impressum that it needs before it can publish."""
        return bool(self.imprint or self.imprint_url)


class Site(Row):
    """A place of business; the main one is the company's address."""

    __tablename__ = "sites"
    __table_args__ = (
        Index("uq_sites_main", "company_id", unique=True, postgresql_where=text("is_main")),
        Index("ix_sites_position", "latitude", "longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    company_id: Mapped[UUID] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    town: Mapped[str] = mapped_column(default="")
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True, default=None)
    latitude: Mapped[float | None] = mapped_column(default=None)
    longitude: Mapped[float | None] = mapped_column(default=None)
    is_main: Mapped[bool] = mapped_column(default=False)


class CompanySector(Row):
    """A sector of a company: a WZ code with the version of the classification it belongs to."""

    __tablename__ = "company_sectors"
    __table_args__ = (
        UniqueConstraint("company_id", "classification", "code"),
        Index("ix_company_sectors_section", "classification", "section", "company_id"),
        Index("ix_company_sectors_division", "classification", "division", "company_id"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    classification: Mapped[int]  # 2008 or 2025
    code: Mapped[str]
    section: Mapped[str]
    division: Mapped[str | None]


class StaffRole(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"
    MEMBER = "member"


class Staff(Editable):
    """A person's place in a company; ``ended_at`` keeps it as history."""

    __tablename__ = "staff"
    __table_args__ = (
        Index(
            "uq_staff_present",
            "company_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_staff_person", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    role: Mapped[StaffRole]
    function: Mapped[str] = mapped_column(default="")
    is_shown: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class StaffInvitation(Row):
    __tablename__ = "staff_invitations"

    company_id: Mapped[UUID] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    role: Mapped[StaffRole]
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class Contact(Editable):
    """Who answers for a topic in a place (everywhere, where none is named), and who stands in."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint(
            "company_id", "person_id", "topic", "place_id", postgresql_nulls_not_distinct=True
        ),
        Index("ix_contacts_topic_place", "topic", "place_id"),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    topic: Mapped[str]
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), default=None)
    stand_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)


class ClaimWay(StrEnum):
    EMAIL_ON_FILE = "email_on_file"
    WEBSITE_DOMAIN = "website_domain"
    OPERATOR = "operator"
    OWNERS = "owners"


class ClaimState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Claim(Editable):
    """A person says: this company is mine to keep."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "uq_claims_open",
            "company_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_claims_open", "id", postgresql_where=text("state = 'open'")),
    )

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    way: Mapped[ClaimWay]
    state: Mapped[ClaimState] = mapped_column(default=ClaimState.OPEN)
    reason: Mapped[str] = mapped_column(default="")
    code_hash: Mapped[bytes | None] = mapped_column(default=None)
    code_tries: Mapped[int] = mapped_column(default=0)
    decision: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)
    expires_at: Mapped[datetime]


class CompanyImport(Row):
    """One run of a members' list, so that an administrator can tell what came from where."""

    __tablename__ = "company_imports"

    source: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    kept: Mapped[int]  # claimed meanwhile, and left to their owners
    missing: Mapped[int]  # from the same source, and not in this list
    rejected: Mapped[int]
