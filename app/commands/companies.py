"""``kontor companies …``: taking members' lists in, and telling which came when."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.commands.running import Exit, carry_out, errors, output, told
from app.core import clock
from app.core.i18n import N_, Locale, current_locale, translate
from app.core.settings import settings
from app.core.sheets import Encoding
from app.features.companies.importing.findings import Finding, Grade
from app.features.companies.importing.members_list import Entry, MembersList, open_members_list
from app.features.companies.importing.reporting import write_report
from app.features.companies.importing.storing import Outcome, import_companies
from app.models.companies import CompanyImport

_SHOWN = 20  # rejected rows on the screen; all findings stand in the report
_STEP = 200  # rows between two movements of the progress bar


def import_list(
    file: Path,
    *,
    source: str,
    mapping: Path | None,
    report: Path | None,
    encoding: str | None,
    is_rehearsal: bool,
    language: Locale,
) -> None:
    """Import a members' list, and tell what came of it."""
    current_locale.set(language)
    findings: list[Finding] = []
    with told():
        this_year = clock.today(settings().zone).year
        members = open_members_list(
            file,
            this_year=this_year,
            mapping=mapping,
            encoding=Encoding(encoding) if encoding else None,
        )
        if report:
            report.open("w").close()  # better now than after the work

    with _progress(members, findings) as watch:
        outcome = carry_out(
            lambda session: import_companies(
                session, members, source=source, watch=watch, is_rehearsal=is_rehearsal
            )
        )
    findings += outcome.findings
    findings.sort(key=lambda said: said.line)
    if report:
        with told(), report.open("w", encoding="utf-8-sig", newline="") as sink:
            write_report(sink, findings, translate)
    _tell(outcome, findings, report, is_rehearsal=is_rehearsal)
    if outcome.summary.rejected:
        raise typer.Exit(Exit.INCOMPLETE)


def show_imports(*, limit: int, language: Locale) -> None:
    """Print the newest imports as a table."""
    current_locale.set(language)

    async def newest(session: Session) -> list[CompanyImport]:
        found = await session.scalars(
            select(CompanyImport).order_by(CompanyImport.id.desc()).limit(limit)
        )
        return list(found)

    table = Table()
    for header in (
        N_("Zeitpunkt"),
        N_("Quelle"),
        N_("Datei"),
        N_("neu"),
        N_("geändert"),
        N_("unverändert"),
        N_("belassen"),
        N_("fehlend"),
        N_("abgelehnt"),
        "SHA-256",
    ):
        table.add_column(translate(header), overflow="fold")
    for row in carry_out(newest):
        counts = (row.created, row.updated, row.unchanged, row.kept, row.missing, row.rejected)
        moment = row.created_at.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(moment, row.source, row.file_name, *map(str, counts), row.file_sha256[:12])
    output.print(table)


@contextmanager
def _progress(members: MembersList, findings: list[Finding]) -> Iterator[Callable[[Entry], None]]:
    """Yield what notes the findings of each row, and moves the bar where there is a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not errors.is_terminal,
    )
    seen = 0
    with bar:
        task = bar.add_task(translate(N_("Zeilen lesen")), total=members.record_count)

        def watch(entry: Entry) -> None:
            nonlocal seen
            seen += 1
            findings.extend(entry.findings)
            if seen % _STEP == 0 or seen == members.record_count:
                bar.update(task, completed=seen)

        yield watch


def _tell(
    outcome: Outcome, findings: list[Finding], report: Path | None, *, is_rehearsal: bool
) -> None:
    lines = list(outcome.summary.lines(translate))
    lines.append(
        translate(
            N_(
                "Unternehmen: %(created)s neu, %(updated)s geändert, %(unchanged)s unverändert, "
                "%(kept)s in der Hand ihrer Inhaberinnen und Inhaber belassen."
            ),
            created=outcome.created,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            kept=outcome.kept,
        )
    )
    if outcome.missing:
        text = N_(
            "%(missing)s früher eingelesene Unternehmen derselben Quelle stehen nicht unter den "
            "übernommenen Zeilen; sie bleiben, wie sie sind."
        )
        lines.append(translate(text, missing=outcome.missing))
    if report:
        lines.append(translate(N_("Bericht: %(path)s"), path=report))
    else:
        lines += _first_rejected(findings)
    if is_rehearsal:
        lines.append(translate(N_("Das war eine Probe: Es wurde nichts geändert.")))
    for line in lines:
        output.print(line, markup=False)


def _first_rejected(findings: list[Finding]) -> Iterator[str]:
    rejected = [said for said in findings if said.grade == Grade.REJECTED]
    for said in rejected[:_SHOWN]:
        where = translate(N_("Zeile %(line)s"), line=said.line)
        column = f", {said.column}" if said.column else ""
        yield f"  {where}{column}: {translate(said.text, **said.params)}"
    if len(findings) > len(rejected[:_SHOWN]):
        yield translate(N_("Alles, was aufgefallen ist, schreibt --report in eine Datei."))
