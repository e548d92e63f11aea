"""What a page may say after an act, by the key that stands in its address."""

from app.core.i18n import N_

NOTICES: dict[str, str] = {
    "account.opened": N_("Ihr Konto ist angelegt. Willkommen."),
    "account.changed": N_("Ihre Einstellungen sind gespeichert."),
    "account.closed": N_("Ihr Konto ist geschlossen."),
    "account.email_asked": N_(
        "Wir haben Ihnen einen Link an die neue Adresse geschickt. Er gilt 60 Minuten."
    ),
    "account.email_changed": N_("Ihre neue E-Mail-Adresse gilt ab jetzt."),
    "account.password_changed": N_(
        "Ihr Passwort ist geändert. Alle anderen Anmeldungen sind beendet."
    ),
    "account.sessions_ended": N_("Die Anmeldung ist beendet."),
    "account.token_created": N_("Der Zugriffsschlüssel ist angelegt."),
    "account.token_revoked": N_("Der Zugriffsschlüssel gilt nicht mehr."),
    "account.signed_out": N_("Sie sind abgemeldet."),
    "company.logo_changed": N_("Das Logo ist gespeichert."),
    "company.logo_removed": N_("Das Logo ist entfernt."),
    "person.picture_changed": N_("Ihr Bild ist gespeichert."),
    "person.picture_removed": N_("Ihr Bild ist entfernt."),
    "group.joined": N_("Sie sind jetzt Mitglied der Gruppe."),
    "group.founded": N_("Ihre Gruppe ist gegründet. Laden Sie nun andere dazu ein."),
    "group.edited": N_("Ihre Änderungen sind gespeichert."),
    "group.archived": N_("Die Gruppe ist archiviert. Sie kann weiter gelesen werden."),
    "group.reopened": N_("Die Gruppe ist wieder geöffnet."),
    "answer.accepted": N_("Sie haben die hilfreichste Antwort ausgezeichnet."),
    "answer.unaccepted": N_("Die Frage ist wieder offen."),
    "post.bookmarked": N_("Der Beitrag steht auf Ihrem Merkzettel."),
    "post.edited": N_("Ihre Änderung ist gespeichert."),
    "post.published": N_("Ihr Beitrag ist jetzt sichtbar."),
    "post.unbookmarked": N_("Der Beitrag steht nicht mehr auf Ihrem Merkzettel."),
    "post.withdrawn": N_("Der Beitrag ist zurückgezogen."),
    "reply.edited": N_("Ihre Änderung ist gespeichert."),
    "reply.posted": N_("Ihre Antwort ist jetzt sichtbar."),
    "reply.withdrawn": N_("Die Antwort ist zurückgezogen."),
    "group.requested": N_("Ihre Anfrage ist gestellt. Die Gruppe entscheidet darüber."),
}
