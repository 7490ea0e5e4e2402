"""Letterhead, signatories and letters of the tests. All invented."""

from datetime import date
from typing import Any

from django.utils import timezone

from funding.letters import services
from funding.letters.models import Form, Kind, Letter, Letterhead, LetterText, Signatory
from funding.models import Application, Decision, Step
from members.common import stored
from members.models import Organisation, Person, User
from tests import personas

HEAD = {
    "name": "Stadtbezirksverein Beispiel", "street": "Beispielweg 1", "postcode": "44137", "town": "Dortmund", "country": "DE",
    "phone": "0231 000000", "email": "post@example.org", "website": "https://verein.example.org",
    "register": "Amtsgericht Dortmund, VR 0000", "bank": "Beispielbank",
}  # fmt: skip


def letterhead(**values: Any) -> Letterhead:
    Letterhead.objects.update_or_create(pk=1, defaults={**HEAD, **values})
    return Letterhead.objects.get()


def signatory(**values: Any) -> Signatory:
    person = Person.objects.create(given_name="Sina", family_name=values.pop("family_name", "Zeichnung"))
    start = {"function": "Vorsitz", "since": date(2010, 1, 1)}
    return Signatory.objects.create(person=person, **{**start, **values})


def approval(application: Application) -> Decision:
    return Decision.objects.filter(application=application, step=Step.APPROVE).latest("pk")


def written(decision: Decision, kind: str = Kind.PROMISE, form: str = Form.PRIVATE, **values: Any) -> Letter:
    """A letter as a row, without a service."""
    text = LetterText.objects.on(form, kind, timezone.localdate())[0]
    start = {
        "number": f"2026-S-{Letter.objects.count() + 1:04}",
        "inputs": {
            "letter": {
                "recipient": ["Förderverein Hörde", "Beispielstraße 5"],
                "subject": "Ihr Projekt",
                "sender": {},
            },
            "author": "Stadtbezirksverein Beispiel",
        },
        "drawn_on": timezone.localdate(),
    }
    return Letter.objects.create(decision=decision, kind=kind, form=form, text=text, **{**start, **values})


def organiser(name: str = "Förderverein Hörde", **values: Any) -> Organisation:
    """Somebody else, with an address: who gets the money."""
    start = {"street": "Beispielstraße 5", "postcode": "44263", "town": "Dortmund", "email": "verein@example.org",
             "signatories": "Toni Probe, Vorsitz"}  # fmt: skip
    found, _ = Organisation.objects.get_or_create(name=name, defaults={**start, **values})
    return found


def ready() -> None:
    """Everything without which no letter is drawn, but the recipient's address."""
    letterhead()
    signatory()


def granted(actor: User | None = None, *, to: Organisation | None = None, **project: Any) -> Application:
    """A grant to ``organiser`` from pillar 2, of 2,000 euro."""
    start: dict[str, Any] = {"pillar_2": "2000", "measure": "grant", "organiser": to or organiser()}
    return personas.application(personas.approved(actor or personas.gf_aplerbeck(), **{**start, **project}))


def drawn(application: Application | None = None) -> Letter:
    """The finished letter of a grant."""
    return services.make(services.draw(approval(application or granted())))


def pdf(letter: Letter) -> bytes:
    with stored.get(letter.sha256) as file:
        return file.read()
