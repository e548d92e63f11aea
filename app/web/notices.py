"""What a page may say after an act, by the key that stands in its address."""

from app.core.i18n import N_

NOTICES: dict[str, str] = {
    "account.opened": N_("Ihr Konto ist angelegt. Willkommen."),
    "account.signed_out": N_("Sie sind abgemeldet."),
    "group.joined": N_("Sie sind jetzt Mitglied der Gruppe."),
    "group.founded": N_("Ihre Gruppe ist gegründet. Laden Sie nun andere dazu ein."),
    "group.edited": N_("Ihre Änderungen sind gespeichert."),
    "group.archived": N_("Die Gruppe ist archiviert. Sie kann weiter gelesen werden."),
    "group.reopened": N_("Die Gruppe ist wieder geöffnet."),
    "group.requested": N_("Ihre Anfrage ist gestellt. Die Gruppe entscheidet darüber."),
}
