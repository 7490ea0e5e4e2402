"""The guide on the start page: what each role finds where, until the person hides it."""

from typing import Any

from django import template
from django.db.models import Count
from django.urls import reverse

from members.models import OutboxMail
from members.post import outbox as mail
from members.roles.permissions import Roles

register = template.Library()


def links(roles: Roles) -> list[tuple[str, str, str]]:
    """Return address, name and description of the pages for the user's first role."""
    if roles.is_business_development:
        return [
            (
                reverse("funding:applications"),
                "Anträge",
                "was auf eine Entscheidung oder Unterschrift wartet",
            ),
            (reverse("funding:pots"), "Förderung", "was in welchem Topf frei, gebunden und bezahlt ist"),
            (reverse("funding:overhead"), "Gemeinkosten", "Ausgaben des Vereins buchen"),
            (reverse("funding:years"), "Haushaltsjahre", "ein Jahr anlegen und öffnen"),
            (reverse("projects:list"), "Projekte", "alle Stadtbezirke, mit Suche und Filter"),
        ]
    if roles.districts:
        district = roles.districts[0]
        return [
            (reverse("projects:create"), "Neues Projekt", "eintragen, speichern, später einreichen"),
            (f"{reverse('projects:list')}?bezirk={district.slug}", "Projekte", "alle Ihres Stadtbezirks"),
            (
                reverse("funding:applications"),
                "Anträge",
                "Stand, Rückfragen, Beschlüsse des Lenkungsgremiums",
            ),
            (reverse("funding:pots"), "Förderung", "was Ihr Topf und die anderen noch frei haben"),
            (district.get_absolute_url(), district.name, "wer im Stadtbezirk was tut, Gremien und Sitze"),
        ]
    if roles.may_enter_admin:
        return [
            (
                reverse("admin:members_person_add"),
                "Neue Person",
                "mit Mandat, Konto und Einladung in einem Zug",
            ),
            (reverse("admin:members_mandate_changelist"), "Mandate", "beenden und die Nachfolge eintragen"),
            (reverse("admin:members_user_changelist"), "Benutzerkonten", "einladen und sperren"),
            (reverse("admin:members_body_changelist"), "Gremien", "mit ihren Sitzen"),
            (reverse("admin:members_outboxmail_changelist"), "Postausgang", "welche Nachricht hinausging"),
        ]
    if roles.reads_all:
        return [
            (reverse("funding:pots"), "Förderung", "alle Töpfe eines Jahres und ihre Buchungen"),
            (reverse("funding:applications"), "Anträge", "alle Entscheidungen und Begründungen"),
            (reverse("projects:list"), "Projekte", "mit Kosten- und Finanzierungsplan"),
            (reverse("funding:years"), "Haushaltsjahre", "und ihr Fördermodell"),
            (reverse("bodies:list"), "Gremien", "wer an einem Tag welchen Sitz hatte"),
        ]
    return [
        (reverse("projects:list"), "Projekte", "was veröffentlicht ist"),
        (reverse("bodies:list"), "Gremien", "wer an einem Tag welchen Sitz hatte"),
        (reverse("profile"), "Mein Profil", "Ihre Aufgaben und Einstellungen"),
    ]


@register.inclusion_tag("home/_guide.html", takes_context=True)
def guide(context: dict[str, Any]) -> dict[str, Any]:
    """Return the guide's links. None of them where the person has hidden it."""
    request = context["request"]
    return {
        "links": links(request.roles) if request.user.sees_guide else [],
        "csrf_token": context["csrf_token"],
    }


@register.simple_tag(takes_context=True)
def mails_to_look_after(context: dict[str, Any]) -> dict[str, int]:
    """Return for administrators how many mails are ``in_question`` and ``overdue``. Empty for everybody else.

    ``no_server`` says that no mail can be sent at all.
    """
    if not context["request"].roles.may_enter_admin:
        return {}
    counts = OutboxMail.objects.aggregate(
        in_question=Count("pk", filter=mail.is_in_question()), overdue=Count("pk", filter=mail.is_overdue())
    )
    return {**counts, "no_server": not mail.has_server()}
