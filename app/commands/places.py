"""``kontor places …``: better places than those that are shipped, and what they levy."""

from collections.abc import Sequence
from pathlib import Path

import typer

from app.commands.running import Exit, carry_out, output
from app.core.i18n import N_, Locale, current_locale, translate
from app.features.places.importing import RejectedLine, import_places
from app.features.places.tax_rates import load_tax_rates

_SHOWN = 20  # rejected lines on the screen


def import_file(file: Path, *, language: Locale) -> None:
    """Import a file of places, and tell what came of it."""
    current_locale.set(language)
    report = carry_out(lambda session: import_places(session, file))
    text = N_(
        "%(accepted)s Zeilen übernommen, %(rejected)s abgelehnt; %(added)s Orte neu, "
        "%(changed)s geändert."
    )
    output.print(
        translate(
            text,
            accepted=report.accepted,
            rejected=len(report.rejected),
            added=report.changes.added,
            changed=report.changes.changed,
        )
    )
    _tell_rejected(report.rejected)


def load_rates(file: Path, *, language: Locale) -> None:
    """Load a file of trade tax rates, and tell what came of it."""
    current_locale.set(language)
    report = carry_out(lambda session: load_tax_rates(session, file))
    text = N_("%(accepted)s Zeilen übernommen, %(rejected)s abgelehnt.")
    output.print(translate(text, accepted=report.accepted, rejected=len(report.rejected)))
    _tell_rejected(report.rejected)


def _tell_rejected(rejected: Sequence[RejectedLine]) -> None:
    for line in rejected[:_SHOWN]:
        where = translate(N_("Zeile %(line)s"), line=line.line)
        column = f", {line.column}" if line.column else ""
        output.print(f"  {where}{column}: {translate(line.reason)}", markup=False)
    if rejected:
        raise typer.Exit(Exit.INCOMPLETE)
