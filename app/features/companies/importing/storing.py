"""Taking a members' list into the database: all of it, or nothing."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.errors import Conflict
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.companies.importing.columns import Field
from app.features.companies.importing.findings import Finding, finding
from app.features.companies.importing.members_list import Entry, MembersList
from app.features.companies.importing.reporting import Summary
from app.features.companies.importing.staging import (
    ADDRESS,
    PROFILE,
    Fate,
    incoming,
    numbered_apart,
    stage,
    unstage,
)
from app.models.companies import Company, CompanyImport, CompanySector, CompanyState, Site
from app.models.people import OldSlug, Visibility

_LOCK: Final = 0x6B6F_6E75  # any constant: two imports at once would make each company twice
_TRIES: Final = 3

_companies = cast(Table, Company.__table__)
_sites = cast(Table, Site.__table__)
_sectors = cast(Table, CompanySector.__table__)


class ListImported(Event):
    name: ClassVar[str] = "company.list_imported"
    import_id: UUID


class ImportRunning(Conflict):
    code: ClassVar[str] = "import_running"
    text: ClassVar[str] = N_("Es wird gerade eine andere Mitgliederliste eingelesen.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do: how many companies met which fate.

    ``missing`` are those of the same source that the list does not name (any more); nothing
    happens to them. ``findings`` are remarks that only the database could tell.
    """

    summary: Summary
    created: int
    updated: int
    unchanged: int
    kept: int
    missing: int
    findings: tuple[Finding, ...]


async def import_companies(
    session: Session,
    members: MembersList,
    *,
    source: str,
    watch: Callable[[Entry], None],
    is_rehearsal: bool = False,
) -> Outcome:
    """Take every usable row of a list as an imported company that nobody owns yet.

    A company is known by ``source`` and its member number: a second run of the same list changes
    nothing, a newer one changes what differs. Companies that were claimed belong to their owners
    and stay as they are, and so do companies that the list does not name. ``watch`` sees every
    entry as it is read. A rehearsal finds out the same and leaves nothing behind.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        raise ImportRunning
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    await session.execute(text("SET LOCAL lock_timeout = '30s'"))
    summary = Summary()
    async with session.begin_nested() as savepoint:
        await stage(session, _companies_of(members, summary, watch))
        await _compare(session, source)
        await _update(session)
        await _create(session, source)
        await _put_addresses(session)
        await _put_sectors(session)
        outcome = await _outcome(session, members, summary, source)
        await unstage(session)
        if is_rehearsal:
            await savepoint.rollback()
    if not is_rehearsal:
        await _keep_record(session, members, outcome, source)
    return outcome


def _companies_of(
    members: MembersList, summary: Summary, watch: Callable[[Entry], None]
) -> Iterator[Any]:
    for entry in summary.watch(members.entries()):
        watch(entry)
        if entry.company is not None:
            yield entry.company


def _row(table: FromClause, names: tuple[str, ...]) -> ColumnElement[Any]:
    return tuple_(*(table.c[name] for name in names))


def _stored_sectors() -> ColumnElement[Any]:
    """Return the sectors of a company in the form in which they are staged."""
    parts = func.concat_ws(
        "|",
        _sectors.c.classification,
        _sectors.c.code,
        _sectors.c.section,
        func.coalesce(_sectors.c.division, ""),
    ).collate("C")
    listed = select(func.array_agg(aggregate_order_by(parts, parts))).where(
        _sectors.c.company_id == _companies.c.id
    )
    empty = literal([], ARRAY(Text()))
    return func.coalesce(listed.correlate(_companies).scalar_subquery(), empty)


async def _compare(session: Session, source: str) -> None:
    """Find the companies that are known already, and what is to be done with them."""
    differs = or_(
        _row(_companies, PROFILE).is_distinct_from(_row(incoming, PROFILE)),
        _row(_sites, ADDRESS).is_distinct_from(_row(incoming, ADDRESS)),
        _stored_sectors() != incoming.c.sectors,
    )
    known = (
        select(
            _companies.c.id,
            incoming.c.external_id,
            case(
                (_companies.c.state != CompanyState.STUB, Fate.KEPT.value),
                (differs, Fate.UPDATED.value),
                else_=Fate.UNCHANGED.value,
            ).label("fate"),
        )
        .join(incoming, incoming.c.external_id == _companies.c.external_id)
        .outerjoin(_sites, and_(_sites.c.company_id == _companies.c.id, _sites.c.is_main))
        .where(_companies.c.import_source == source)
        .subquery("known")
    )
    await session.execute(
        update(incoming)
        .where(incoming.c.external_id == known.c.external_id)
        .values(id=known.c.id, fate=known.c.fate)
    )
    await session.execute(text("ANALYZE incoming"))  # the plans to follow depend on the fates


async def _update(session: Session) -> None:
    """Bring what differs to the list's state; who was claimed in the meantime is left alone."""
    written = (
        update(_companies)
        .where(
            _companies.c.id == incoming.c.id,
            incoming.c.fate == Fate.UPDATED.value,
            _companies.c.state == CompanyState.STUB,
        )
        .values(
            {name: incoming.c[name] for name in PROFILE}
            | {"version": _companies.c.version + 1, "updated_at": func.now()}
        )
        .returning(_companies.c.id)
        .cte("written")
    )
    await session.execute(
        update(incoming)
        .where(
            incoming.c.fate == Fate.UPDATED.value,
            ~exists().where(written.c.id == incoming.c.id),
        )
        .values(fate=Fate.KEPT.value)
        .add_cte(written)
    )


async def _create(session: Session, source: str) -> None:
    """Make the new companies; a slug that somebody else takes at this moment is chosen again."""
    for attempt in range(1, _TRIES + 1):
        try:
            async with session.begin_nested():
                await _choose_slugs(session)
                await _insert_companies(session, source)
        except IntegrityError:
            if attempt == _TRIES:
                raise
        else:
            return


async def _choose_slugs(session: Session) -> None:
    present = await session.scalars(select(_companies.c.slug))
    former = await session.scalars(select(OldSlug.slug).where(OldSlug.kind == "company"))
    taken = {*present, *former}
    rows = list(
        await session.execute(
            select(incoming.c.id, incoming.c.slug)
            .where(incoming.c.fate == Fate.CREATED.value)
            .order_by(incoming.c.line)
        )
    )
    slugs = list(numbered_apart((stem for _, stem in rows), taken))
    chosen = (
        func.unnest(literal([row.id for row in rows], ARRAY(Uuid())), literal(slugs, ARRAY(Text())))
        .table_valued("id", "slug", name="chosen")
        .render_derived()
    )
    await session.execute(
        update(incoming).where(incoming.c.id == chosen.c.id).values(slug=chosen.c.slug)
    )


async def _insert_companies(session: Session, source: str) -> None:
    blank = Company(
        slug="",
        name="",
        sort_name="",
        state=CompanyState.STUB,
        phone_visibility=Visibility.SIGNED_IN,
        import_source=source,
    )
    values: dict[str, Any] = {
        name: incoming.c[name] for name in ("id", "slug", "external_id", *PROFILE)
    }
    values["version"] = literal(1)
    for column in _companies.columns:
        if column.name not in values and column.server_default is None:
            values[column.name] = literal(getattr(blank, column.name), column.type)
    new = incoming.c.fate == Fate.CREATED.value
    await session.execute(
        insert(_companies).from_select(list(values), select(*values.values()).where(new))
    )


def _written() -> ColumnElement[bool]:
    return incoming.c.fate.in_([Fate.CREATED.value, Fate.UPDATED.value])


async def _put_addresses(session: Session) -> None:
    values: dict[str, Any] = {
        "id": func.uuidv7(),
        "company_id": incoming.c.id,
        "label": literal(""),
        "is_main": literal(value=True),
    } | {name: incoming.c[name] for name in ADDRESS}
    put = upsert(_sites).from_select(list(values), select(*values.values()).where(_written()))
    await session.execute(
        put.on_conflict_do_update(
            index_elements=["company_id"],
            index_where=_sites.c.is_main,
            set_={name: put.excluded[name] for name in ADDRESS},
            where=_row(_sites, ADDRESS).is_distinct_from(
                tuple_(*(put.excluded[name] for name in ADDRESS))
            ),
        )
    )


async def _put_sectors(session: Session) -> None:
    each = (
        func.unnest(incoming.c.sectors)
        .table_valued("told", name="each", joins_implicitly=True)
        .render_derived()
    )
    part = [func.split_part(each.c.told, "|", number) for number in range(1, 5)]
    told = select(
        incoming.c.id.label("company_id"),
        part[0].cast(Integer).label("classification"),
        part[1].label("code"),
        part[2].label("section"),
        func.nullif(part[3], "").label("division"),
    ).where(_written())
    listed = told.subquery("listed")
    key = ("company_id", "classification", "code")
    await session.execute(
        delete(_sectors).where(
            _sectors.c.company_id.in_(
                select(incoming.c.id).where(incoming.c.fate == Fate.UPDATED.value)
            ),
            ~exists().where(_row(listed, key) == _row(_sectors, key)),
        )
    )
    columns = ["id", *(column.name for column in listed.c)]
    await session.execute(
        upsert(_sectors)
        .from_select(columns, select(func.uuidv7(), *listed.c))
        .on_conflict_do_nothing()
    )


async def _outcome(
    session: Session, members: MembersList, summary: Summary, source: str
) -> Outcome:
    rows = await session.execute(select(incoming.c.fate, func.count()).group_by(incoming.c.fate))
    counts: dict[str, int] = dict(tuple(row) for row in rows)
    missing = await session.scalar(
        select(func.count())
        .select_from(_companies)
        .where(
            _companies.c.import_source == source,
            ~exists().where(incoming.c.external_id == _companies.c.external_id),
        )
    )
    kept = await session.scalars(
        select(incoming.c.line).where(incoming.c.fate == Fate.KEPT.value).order_by(incoming.c.line)
    )
    column = members.columns.header(Field.MEMBER_NUMBER)
    findings = tuple(finding(line, column, "owned_kept") for line in kept)
    summary.by_code.update(said.code for said in findings)
    return Outcome(
        summary,
        created=counts.get(Fate.CREATED, 0),
        updated=counts.get(Fate.UPDATED, 0),
        unchanged=counts.get(Fate.UNCHANGED, 0),
        kept=counts.get(Fate.KEPT, 0),
        missing=missing or 0,
        findings=findings,
    )


async def _keep_record(
    session: Session, members: MembersList, outcome: Outcome, source: str
) -> None:
    path = members.sheet.path
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    record = CompanyImport(
        source=source,
        file_name=path.name,
        file_sha256=digest,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        kept=outcome.kept,
        missing=outcome.missing,
        rejected=outcome.summary.rejected,
    )
    session.add(record)
    await session.flush()
    emit(session, ListImported(import_id=record.id))
