"""The pages of proofs: a district fills one in, the Wirtschaftsförderung checks it, the others read."""

import html
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from funding import hooks
from funding import services as core
from funding.errors import AlreadyDone, TransitionNotAllowed
from funding.models import Application
from funding.payments import services as payments
from funding.payments.models import CallPaper, Payment
from funding.proofs import services
from funding.proofs.courses import Due
from funding.proofs.interest import MissingBaseRate
from funding.proofs.missing import beyond_costs
from funding.proofs.models import AuditorRemark, InterestRule, ProofOfUse, ProofPhoto, ProofRules, Voucher
from funding.proofs.owed import Owed
from funding.proofs.services import Cut, Entered, VoucherData
from members.models import User
from tests import batches, called, files
from tests import personas as p
from tests.closed import close

pytestmark = pytest.mark.django_db

LIST = reverse("proofs:proofs")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return tmp_path


def grant(amount: str = "500", **project: Any) -> Application:
    application = p.application(
        p.approved(p.gf_aplerbeck(), **({"shares": {"APL": amount}} | project)), "S1-APL"
    )
    p.accept(application)
    called.pay(application, amount=Decimal(amount), actor=p.wf1())
    application.refresh_from_db()
    return application


def begun(**project: Any) -> ProofOfUse:
    return services.open_proof(grant(**project), actor=p.gf_aplerbeck())


def handed_in(**project: Any) -> ProofOfUse:
    proof = begun(**project)
    report = {
        "done": "Ein Fest.",
        "publicity": "Auf dem Plakat.",
        "originals_at": "Verein",
        "confirmed": True,
    }
    actual = {row.pk: row.planned for row in proof.rows.filter(is_grant=False)}
    services.save_proof(proof, entered=Entered(report=report, actual=actual), actor=p.gf_aplerbeck())
    services.hand_in(proof, actor=p.gf_aplerbeck())
    return ProofOfUse.objects.get(pk=proof.pk)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def sent_type(response: Any) -> str:
    """The type of a file, which is read to its end and so closed."""
    list(response)
    return str(response.headers["Content-Type"])


def typed(response: Any, **changed: Any) -> dict[str, Any]:
    """What the district's form holds as it is shown, with changes."""
    form = response.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**values, **changed}.items() if value not in (None, False, [])}


def step(client: Client, proof: ProofOfUse, name: str, **data: Any) -> Any:
    """Send one of the page's forms for a step."""
    form = client.get(proof.get_absolute_url()).context["forms"][name]
    sent = {"step": name, "key": form["key"].value(), "seen": form["seen"].value()} | data
    return client.post(proof.get_absolute_url(), sent)


def test_a_district_begins_fills_in_and_hands_in():
    application, gf = grant(), as_(p.gf_aplerbeck())
    assert "Nachweis beginnen" in text(gf.get(application.get_absolute_url()))
    answer = gf.post(reverse("proofs:begin", args=[application.pk]))
    proof = ProofOfUse.objects.get()
    assert answer.url == proof.get_absolute_url()
    assert gf.post(reverse("proofs:begin", args=[application.pk])).url == answer.url

    page = gf.get(answer.url)
    cost = proof.rows.get(side="cost")
    sent = typed(page, **{f"row-{cost.pk}": "480,50", "done": "Ein Fest mit Musik.", "step": "save"})
    sent["photos"] = SimpleUploadedFile("fest.jpg", files.photo())
    assert gf.post(answer.url, sent).status_code == 302
    proof.refresh_from_db()
    assert (proof.state, proof.done) == ("open", "Ein Fest mit Musik.")
    assert proof.rows.get(side="cost").actual == Decimal("480.50")
    photo = proof.photos.get()

    page = gf.get(answer.url)
    sent = typed(page, step="hand_in", publicity="Plakat", originals_at="Verein", confirmed="on")
    back = gf.post(answer.url, sent, follow=True)
    shown = text(back)
    assert "Es fehlt noch etwas" in shown
    assert "Bitte eintragen, wer fotografiert hat." in shown
    assert ProofOfUse.objects.get().is_open

    # What was confirmed was not handed in: nobody finds the box ticked, and what is missing names it.
    assert "Bitte bestätigen Sie die Angaben." in shown and not back.context["form"]["confirmed"].value()
    sent = typed(
        back,
        step="hand_in",
        confirmed="on",
        **{f"photo-{photo.pk}-photographer": "A. Beispiel", f"photo-{photo.pk}-consent": "on"},
    )
    assert "ist eingereicht" in text(gf.post(answer.url, sent, follow=True))
    assert ProofOfUse.objects.get().is_handed_in
    assert sent_type(gf.get(photo.get_absolute_url())) == "image/jpeg"


def test_one_mistake_loses_nothing_else():
    proof, gf = begun(), as_(p.gf_aplerbeck())
    cost = proof.rows.get(side="cost")
    sent = typed(gf.get(proof.get_absolute_url()), step="save", done="Neu.", **{f"row-{cost.pk}": "viel"})
    answer = gf.post(proof.get_absolute_url(), sent)
    assert answer.status_code == 422
    assert "Bitte einen Betrag in Euro eintragen" in text(answer) and "Neu." in text(answer)
    jump = f'<a href="#p-row-{cost.pk}">{cost.label}: Bitte einen Betrag in Euro eintragen'
    assert jump in answer.content.decode() and f'id="p-row-{cost.pk}"' in answer.content.decode()

    sent = typed(gf.get(proof.get_absolute_url()), step="save", done="Neu.", cost_actual="5")
    answer = gf.post(proof.get_absolute_url(), sent)
    assert answer.status_code == 422


def test_an_old_page_overwrites_nothing():
    proof, gf = begun(), as_(p.gf_aplerbeck())
    old = typed(gf.get(proof.get_absolute_url()), step="save", done="Alt.")
    gf.post(proof.get_absolute_url(), {**old, "done": "Neu."})
    answer = gf.post(proof.get_absolute_url(), old)
    assert answer.status_code == 422 and "hat sich geändert" in text(answer)
    assert ProofOfUse.objects.get().done == "Neu."


def test_vouchers_come_onto_a_row_and_make_its_sum():
    proof, gf = begun(amount="3000", costs=[("Bühne", "3000")]), as_(p.gf_aplerbeck())
    assert proof.depth == "list"
    cost = proof.rows.get(side="cost")
    page = gf.get(proof.get_absolute_url())
    sent = typed(page, step="save", **{
        f"row-{cost.pk}-line-amount": "100", f"row-{cost.pk}-line-day": str(timezone.localdate()),
        f"row-{cost.pk}-line-payee": "Verleih Özdemir",
    })  # fmt: skip
    sent[f"row-{cost.pk}-files"] = [
        SimpleUploadedFile("a.pdf", files.PDF),
        SimpleUploadedFile("b.jpg", files.photo()),
    ]
    assert gf.post(proof.get_absolute_url(), sent).status_code == 302
    assert Voucher.objects.count() == 3
    uploaded = Voucher.objects.exclude(sha256="").earliest("pk")
    page = gf.get(proof.get_absolute_url())
    assert "Betrag fehlt" in text(page)
    sent = typed(page, step="save", **{
        f"voucher-{uploaded.pk}-amount": "50", f"voucher-{uploaded.pk}-day": str(timezone.localdate()),
    })  # fmt: skip
    assert gf.post(proof.get_absolute_url(), sent).status_code == 302
    assert proof.rows.get(side="cost").actual == Decimal(150)
    assert "(Summe der Belege)" in text(gf.get(proof.get_absolute_url()))
    wrong = SimpleUploadedFile("bild.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40)
    sent = typed(gf.get(proof.get_absolute_url()), step="save") | {f"row-{cost.pk}-files": [wrong]}
    answer = gf.post(proof.get_absolute_url(), sent)
    assert answer.status_code == 422 and "bild.heic" in text(answer)


def test_files_are_added_by_themselves_while_the_rest_is_typed():
    proof, gf = begun(amount="3000", costs=[("Bühne", "3000")]), as_(p.gf_aplerbeck())
    url, cost = proof.get_absolute_url(), proof.rows.get(side="cost")
    twin = services.enter_voucher(
        begun(amount="3000").rows.filter(side="cost")[0], data=VoucherData(),
        file=SimpleUploadedFile("a.pdf", files.PDF), actor=p.gf_aplerbeck(),
    )  # fmt: skip

    def send(name: str, *chosen: SimpleUploadedFile, seen: str | None = None) -> Any:
        seen = seen or gf.get(url).context["form"]["seen"].value()
        return gf.post(url, {"step": "add", "seen": seen, name: list(chosen)}, follow=True)

    old = gf.get(url).context["form"]["seen"].value()
    shown = send(
        f"row-{cost.pk}-files",
        SimpleUploadedFile("a.pdf", files.PDF),
        SimpleUploadedFile("b.jpg", files.photo()),
    )
    assert "Derselbe Beleg steht auch im Nachweis zu" in text(shown)
    assert f'href="{twin.row.proof.get_absolute_url()}"' in shown.content.decode()
    assert send("photos", SimpleUploadedFile("c.jpg", files.photo())).status_code == 200
    proof.refresh_from_db()
    assert (proof.photos.count(), cost.vouchers.count()) == (1, 2)
    known = send(f"row-{cost.pk}-files", SimpleUploadedFile("noch einmal.pdf", files.PDF))
    assert known.status_code == 422 and cost.vouchers.count() == 2
    assert "noch einmal.pdf ist hier schon als a.pdf hinterlegt." in text(known)
    wrong = send("photos", SimpleUploadedFile("c.pdf", files.PDF))
    assert wrong.status_code == 422 and "c.pdf: Ein Foto ist ein Bild" in text(wrong)
    stale = send("photos", SimpleUploadedFile("d.jpg", files.photo()), seen=old)
    assert stale.status_code == 422 and "hat sich geändert" in text(stale) and proof.photos.count() == 1
    assert as_(p.wf1()).post(url, {"step": "add"}).status_code == 403


def test_files_are_kept_beside_a_mistake_and_nothing_is_added_twice():
    proof, gf = begun(amount="3000", costs=[("Bühne", "3000")]), as_(p.gf_aplerbeck())
    url, cost = proof.get_absolute_url(), proof.rows.get(side="cost")
    sent = typed(gf.get(url), step="save", cost_label="Kuchen", cost_actual="5", visitors="viele") | {
        f"row-{cost.pk}-files": [SimpleUploadedFile("a.pdf", files.PDF)]
    }
    again = gf.post(url, sent)
    assert again.status_code == 422 and "a.pdf" in text(again) and not proof.rows.filter(label="Kuchen")
    again = gf.post(url, typed(again, step="save", visitors="20", **{f"row-{cost.pk}-line-amount": "-3"}))
    assert again.status_code == 422 and again.context["form"]["cost_label"].value() == "Kuchen"
    line = {f"row-{cost.pk}-line-amount": "3", f"row-{cost.pk}-line-day": "2001-01-01"}
    again = gf.post(url, typed(again, step="save", **line))
    assert again.status_code == 422 and "mehr als ein Jahr außerhalb" in text(again)
    twice = [
        SimpleUploadedFile(name, content)
        for name, content in (("c.pdf", files.PDF), ("d.jpg", files.photo()))
    ]
    again = gf.post(url, typed(again, step="save") | {f"row-{cost.pk}-files": twice})
    assert again.status_code == 422 and "c.pdf ist hier schon als a.pdf hinterlegt." in text(again)
    line[f"row-{cost.pk}-line-day"] = str(timezone.localdate())
    assert gf.post(url, typed(again, step="save", **line)).status_code == 302
    assert proof.rows.get(label="Kuchen").actual == 5
    assert sorted(v.amount or 0 for v in cost.vouchers.all()) == [0, 0, 3]
    faults = text(gf.get(f"{url}?fehlt=1"))
    for name in ("a.pdf", "d.jpg"):
        assert f"{name}, Bühne: Bitte den Betrag des Belegs eintragen." in faults


def test_a_voucher_outside_the_period_says_so_where_it_stands():
    proof, mark = begun(), "Außerhalb des bewilligten Zeitraums bezahlt."
    cost = proof.rows.filter(side="cost")[0]
    first, _ = proof.period
    who = {"row": cost, "amount": 5, "entered_by": p.gf_aplerbeck(), "payee": "Bäcker"}
    Voucher.objects.create(day=first, number="in", **who)
    url = proof.get_absolute_url()
    assert mark not in text(as_(p.wf1()).get(url))
    Voucher.objects.create(day=first - timedelta(days=1), number="vor", **who)
    for user in (p.wf1(), p.gf_aplerbeck()):
        assert text(as_(user).get(url)).count(mark) == 1


def test_pictures_of_vouchers_and_photos_are_small_and_for_who_may_see_them():
    proof, gf = begun(amount="3000", costs=[("Bühne", "3000")]), as_(p.gf_aplerbeck())
    cost = proof.rows.get(side="cost")
    chosen = [SimpleUploadedFile("a.pdf", files.PDF), SimpleUploadedFile("b.jpg", files.photo())]
    pdf, picture = services.add_vouchers(cost, files=chosen, actor=p.gf_aplerbeck())
    shown = gf.get(proof.get_absolute_url()).content.decode()
    assert (
        f'src="{picture.get_absolute_url()}?klein"' in shown
        and f"{pdf.get_absolute_url()}?klein" not in shown
    )
    answer = gf.get(f"{picture.get_absolute_url()}?klein")
    with Image.open(BytesIO(answer.getvalue())) as small:
        assert max(small.size) <= 320 and answer["Content-Type"] == "image/jpeg"
    assert gf.get(f"{pdf.get_absolute_url()}?klein").status_code == 404
    assert as_(p.board()).get(f"{picture.get_absolute_url()}?klein").status_code == 403
    assert as_(p.gf_hoerde()).get(f"{picture.get_absolute_url()}?klein").status_code == 404


def test_the_wirtschaftsfoerderung_asks_back_and_accepts():
    proof, wf, gf = handed_in(), as_(p.wf1()), as_(p.gf_aplerbeck())
    cost = proof.rows.get(side="cost")
    page = text(wf.get(proof.get_absolute_url()))
    assert (
        "So rechnet es sich bis jetzt" in page and "steht zu" in page and "Prüfvermerk unterschreiben" in page
    )
    answer = step(wf, proof, "ask_back", question="Wer bekam das Geld?")
    assert answer.status_code == 422 and "Bitte wählen Sie, zu welchen Zeilen" in text(answer)
    assert step(wf, proof, "ask_back", question="Wer?", rows=[str(cost.pk)]).status_code == 302
    page = gf.get(proof.get_absolute_url())
    assert f"row-{cost.pk}" in page.context["form"].fields and "done" not in page.context["form"].fields
    gf.post(proof.get_absolute_url(), typed(page, step="hand_in", confirmed="on"))
    assert step(wf, proof, "note", text="Alles belegt.", depth="simple", seen_papers="").status_code == 302
    assert ProofOfUse.objects.get().is_accepted
    note = text(wf.get(reverse("proofs:audit_note", args=[proof.pk])))
    assert "Alles belegt." in note and "Festbetragsfinanzierung. Es zählt der kleinere Betrag" in note


def test_a_reckoning_that_was_signed_stays_and_each_column_adds_up():
    """500 euro are granted, 300 paid, 100 due: the grant falls to what is paid, and the reckoning keeps its 500."""
    project = p.approved(p.gf_aplerbeck(), shares={"APL": "500"}, costs=[("Bühne", "500")])
    application = p.application(project, "S1-APL")
    p.accept(application)
    called.pay(application, amount=Decimal(300), actor=p.wf1())
    proof = services.open_proof(application, actor=p.gf_aplerbeck())
    row = proof.rows.get(side="cost")
    report = {
        "done": "Ein Fest.",
        "publicity": "x",
        "originals_at": "x",
        "explanation": "x",
        "confirmed": True,
    }
    entered = Entered(report=report, actual={row.pk: Decimal(100)})
    services.save_proof(proof, entered=entered, actor=p.gf_aplerbeck())
    services.hand_in(proof, actor=p.gf_aplerbeck())
    wf = as_(p.wf1())
    step(wf, proof, "note", text="Alles belegt.", depth="simple", seen_papers="")
    page = text(wf.get(proof.get_absolute_url())).replace("\xa0", " ")
    assert "Die Rechnung" in page and "bewilligt 500,00 € steht zu 100,00 €" in page
    assert "500,00 € 300,00 € −200,00 €" in page


def shown(answer: Any) -> str:
    return text(answer).replace("\xa0", " ")


def test_volunteers_hours_stand_on_both_sides_and_the_head_names_what_became_of_the_grant():
    proof, gf, wf = begun(others=[{"kind": "own", "amount": "500"}]), as_(p.gf_aplerbeck()), as_(p.wf1())
    url, rows = proof.get_absolute_url(), {row.side: row.pk for row in proof.rows.filter(is_grant=False)}
    page = gf.get(url)
    assert "Je Stunde zählen 15,00 €, zusammen höchstens 200,00 € (20 % der förderfähigen Kosten)." in shown(
        page
    )
    assert "Bei Kostenpositionen ab 1.000,00 €: Wer wurde gefragt" in shown(page)
    figures = {f"row-{rows['cost']}": "100", f"row-{rows['financing']}": "0", "hours": "20"}
    sent = typed(page, step="hand_in", publicity="x", originals_at="Verein", confirmed="on", **figures)
    gf.post(url, sent)
    page = shown(wf.get(url))
    said = "20 Stunden × 15,00 € = 300,00 €, höchstens 200,00 € (20 % der förderfähigen Kosten)"
    assert f"Kosten: {said} – 200,00 € 200,00 €" in page and f"Eigenleistung: {said}" in page
    assert "Kosten zusammen 1.000,00 € 300,00 € −700,00 €" in page
    assert "Einnahmen zusammen 1.000,00 € 700,00 € −300,00 €" in page
    assert (
        f"ehrenamtlich: {said}" in page
        and "Es zählt der kleinere Betrag: bewilligt oder anerkannte Kosten." in page
    )
    step(wf, proof, "note", text="Geprüft.", depth="simple", seen_papers="")
    page = shown(wf.get(url))
    assert "bewilligt 500,00 € steht zu 100,00 € gezahlt 500,00 € zurückgefordert 400,00 €" in page
    assert "war zu viel gezahlt 400,00 €" in page


def test_what_is_only_begun_frightens_nobody():
    proof, gf = begun(costs=[("Bühne", "300"), ("Ton", "200")]), as_(p.gf_aplerbeck())
    first, second = proof.rows.filter(side="cost")
    sent = typed(gf.get(proof.get_absolute_url()), step="save", **{f"row-{first.pk}": "200"})
    page = shown(gf.post(proof.get_absolute_url(), sent, follow=True))
    assert "Es ist noch nicht alles eingetragen." in page and "zu viel gezahlt" not in page
    assert "ausgegeben 200,00 € Differenz –" in page
    page = gf.get(proof.get_absolute_url())
    gf.post(proof.get_absolute_url(), typed(page, step="save", **{f"row-{second.pk}": "200"}))
    page = shown(gf.get(proof.get_absolute_url()))
    assert "noch nicht alles eingetragen" not in page and "zu viel gezahlt 100,00 €" in page
    assert "ausgegeben 400,00 € Differenz −100,00 €" in page


def test_fixed_grants_that_exceed_the_costs_together_are_told_to_who_checks():
    proof = begun(shares={"APL": "500", "BRA": "500"}, costs=[("Fest", "1000")])
    cost, said = (
        proof.rows.get(side="cost"),
        "Zusammen sind es 1.000,00 €, anerkannt sind Kosten von 900,00 €.",
    )
    report = {
        "done": "Ein Fest.",
        "publicity": "x",
        "originals_at": "x",
        "procurement": "x",
        "confirmed": True,
    }
    figures = {row.pk: row.planned for row in proof.rows.filter(is_grant=False)}
    services.save_proof(
        proof,
        entered=Entered(report=report, actual=figures | {cost.pk: Decimal(900)}),
        actor=p.gf_aplerbeck(),
    )
    services.hand_in(proof, actor=p.gf_aplerbeck())
    assert said in shown(as_(p.wf1()).get(proof.get_absolute_url()))
    assert said not in shown(as_(p.gf_aplerbeck()).get(proof.get_absolute_url()))
    assert not beyond_costs(proof, Decimal(500), Decimal(1000))


def test_a_cut_is_announced_answered_and_signed():
    proof, wf, gf = handed_in(), as_(p.wf1()), as_(p.gf_aplerbeck())
    cost = proof.rows.get(side="cost")
    sent = {f"row-{cost.pk}": "100", f"row-{cost.pk}-reason": "Nicht förderfähig."}
    assert step(wf, proof, "announce", **sent).status_code == 302
    assert "gekürzt um" in text(gf.get(proof.get_absolute_url()))
    assert step(gf, proof, "answer", answer="Das war nötig.").status_code == 302
    assert "Das war nötig." in text(wf.get(proof.get_absolute_url()))
    assert step(wf, proof, "withdraw", reason="Überzeugt.").status_code == 302


def test_more_time_is_asked_for_and_given():
    proof, wf, gf = begun(), as_(p.wf1()), as_(p.gf_aplerbeck())
    later = proof.due_on.replace(year=proof.due_on.year + 1, day=1)
    assert step(gf, proof, "extend", until=str(later), reason="Krank.").status_code == 302
    assert step(wf, proof, "grant_extension").status_code == 302
    assert ProofOfUse.objects.get().due_on == later


def test_auditors_write_remarks_and_the_advisory_board_sees_no_vouchers():
    proof = begun(amount="3000", costs=[("Bühne", "3000")])
    today = timezone.localdate()
    made = services.enter_voucher(
        proof.rows.get(side="cost"), data=VoucherData("7", today, Decimal(100), "Özdemir"),
        file=SimpleUploadedFile("a.pdf", files.PDF), actor=p.gf_aplerbeck(),
    )  # fmt: skip
    auditor, board = as_(p.auditor()), as_(p.board())
    assert step(auditor, proof, "remark", text="Bitte nachreichen.").status_code == 302
    assert AuditorRemark.objects.get().text == "Bitte nachreichen."
    assert "Özdemir" in text(auditor.get(proof.get_absolute_url()))
    shown = text(board.get(proof.get_absolute_url()))
    assert "Özdemir" not in shown and "Bitte nachreichen." in shown
    assert sent_type(auditor.get(made.get_absolute_url())) == "application/pdf"
    assert board.get(made.get_absolute_url()).status_code == 403
    assert as_(p.gf_hoerde()).get(made.get_absolute_url()).status_code == 404


def test_who_may_not_write_cannot():
    proof, wf = begun(), as_(p.wf1())
    url = proof.get_absolute_url()
    assert wf.post(url, {"step": "save"}).status_code == 403
    assert wf.post(url, {"step": "gibtesnicht"}).status_code == 404
    assert wf.post(reverse("proofs:begin", args=[proof.application_id])).status_code == 403
    assert as_(p.gf_brackel()).get(url).status_code == 404
    for name in ("proof", "voucher", "photo", "audit_note"):
        assert wf.get(reverse(f"proofs:{name}", args=[10**19])).status_code == 404


def test_the_list_shows_what_waits_for_its_reader():
    proof = handed_in()
    wf, gf, other = as_(p.wf1()), as_(p.gf_aplerbeck()), as_(p.gf_brackel())
    number = proof.application.project.number
    assert number in text(wf.get(LIST))
    assert number not in text(gf.get(LIST)) and number in text(gf.get(LIST, {"stand": "alle"}))
    assert number not in text(other.get(LIST, {"stand": "alle"}))
    assert (
        number in wf.get(reverse("proofs:proofs_export", args=["csv"]), {"stand": "alle"}).getvalue().decode()
    )


def test_a_draft_keeps_no_confirmation() -> None:
    proof = services.open_proof(grant(), actor=p.gf_aplerbeck())
    gf, url = as_(p.gf_aplerbeck()), proof.get_absolute_url()
    gf.post(url, typed(gf.get(url), step="save", done="Ein Fest.", confirmed="on"))
    assert not ProofOfUse.objects.get().confirmed
    ProofOfUse.objects.update(confirmed=True)  # a draft of before
    assert not gf.get(url).context["form"]["confirmed"].value()


def test_the_list_counts_what_its_reader_can_do() -> None:
    waiting, heard = handed_in(), handed_in()
    row = heard.rows.get(side="cost")
    services.announce_cut(heard, cuts={row.pk: Cut(Decimal(10), "Kein Beleg.")}, actor=p.wf1())

    def counted(user: Any) -> tuple[int, int]:
        counts = as_(user).get(LIST).context["counts"]
        return counts["waiting"], counts["in_check"]

    assert [counted(each) for each in (p.wf1(), p.auditor(), p.gf_brackel())] == [(1, 2), (0, 2), (0, 0)]
    wf = as_(p.wf1())
    shown, all_ = text(wf.get(LIST)), text(wf.get(LIST, {"stand": "pruefen"}))
    numbers = [proof.application.project.number for proof in (waiting, heard)]
    assert [number in shown for number in numbers] == [True, False]
    assert all(number in all_ for number in numbers)
    # An accepted one waits to be settled; one that was signed first waits for somebody else.
    ProofRules.objects.update(two_people_from=Decimal(1))
    services.note(waiting, text="Geprüft.", depth="simple", actor=p.wf1())
    assert counted(p.wf1()) == (0, 2) and counted(p.wf2()) == (1, 2)
    assert "wartet auf Sie" not in text(as_(p.auditor()).get(LIST))


def test_the_sample_is_drawn_once_and_calls_for_vouchers():
    proof, wf = handed_in(), as_(p.wf1())
    url = reverse("proofs:sample", args=[proof.application.pot.year.year])
    form = wf.get(url).context["form"]
    assert wf.post(url, {"key": form["key"].value()}).status_code == 302
    shown = text(wf.get(url))
    assert str(proof.application.project) in shown and "Zufallswert" in shown
    assert ProofOfUse.objects.get().is_asked_back
    page = as_(p.gf_aplerbeck()).get(proof.get_absolute_url())
    assert "Stichprobe" in text(page)
    assert f"row-{proof.rows.get(side='cost').pk}-files" in page.context["form"].fields
    assert as_(p.auditor()).get(url).status_code == 200
    assert as_(p.gf_aplerbeck()).get(url).status_code == 403
    assert as_(p.auditor()).post(url).status_code == 403
    assert wf.get(reverse("proofs:sample", args=[10**6])).status_code == 404


def test_the_pages_ask_a_fixed_number_of_queries():
    proofs = [handed_in() for _ in range(3)]
    wf = as_(p.wf1())

    def asked(url: str) -> int:
        wf.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            wf.get(url)
        return len(queries)

    assert asked(f"{LIST}?stand=alle") == 7
    assert asked(proofs[0].get_absolute_url()) == 22


def test_an_auditor_gets_from_a_booking_to_the_vouchers_that_explain_it():
    p.open_year()
    paid = p.application(batches.granted())
    batches.executed(batches.checked_call(paid, "400"))
    proof = services.open_proof(paid, actor=p.gf_aplerbeck())
    chosen = SimpleUploadedFile("rechnung.pdf", files.PDF)
    (voucher,) = services.add_vouchers(
        proof.rows.filter(side="cost")[0], files=[chosen], actor=p.gf_aplerbeck()
    )
    pot, url = proof.application.pot, proof.get_absolute_url()
    link = f'<a href="{url}">Nachweis Nr. {proof.pk}, 1\u00a0Beleg</a>'
    payment = Payment.objects.get()
    for user in (p.auditor(), p.wf1()):
        client = as_(user)
        assert link in client.get(pot.get_absolute_url()).content.decode()
        for address in (payment.get_absolute_url(), payment.for_call.get_absolute_url()):
            shown = client.get(address).content.decode()
            assert f'href="{url}"' in shown and f'href="{voucher.get_absolute_url()}"' in shown
    assert link in as_(p.gf_aplerbeck()).get(pot.get_absolute_url()).content.decode()
    board = as_(p.board())
    assert "Nachweis Nr." not in board.get(pot.get_absolute_url()).content.decode()
    assert "rechnung.pdf" not in board.get(proof.application.get_absolute_url()).content.decode()
    assert board.get(payment.get_absolute_url()).status_code == 403


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"line-amount": "-3"}, "line-amount", "Bitte einen Betrag"),
        ({"line-amount": "0"}, "line-amount", "größer als null"),
        ({"line-amount": "3", "line-day": "2001-05-01"}, "line-day", "mehr als ein Jahr außerhalb des bewilligten Zeitraums"),
        ({"line-amount": "3", "line-day": "2099-12-31"}, "line-day", "Zukunft"),
    ],
)  # fmt: skip
def test_a_voucher_that_cannot_be_says_so_at_its_field_and_nothing_is_lost(
    changed: dict[str, str], field: str, said: str
) -> None:
    proof, gf = begun(amount="3000", costs=[("Bühne", "3000")]), as_(p.gf_aplerbeck())
    row = f"row-{proof.rows.get(side='cost').pk}-"
    sent = typed(gf.get(proof.get_absolute_url()), step="save", done="Neu.", press="WDR")
    answer = gf.post(
        proof.get_absolute_url(), sent | {f"{row}{name}": value for name, value in changed.items()}
    )
    form = answer.context["form"]
    assert answer.status_code == 422 and said in str(form.errors[f"{row}{field}"])
    assert form["done"].value() == "Neu." and form["press"].value() == "WDR"
    assert form[f"{row}line-amount"].value() == changed["line-amount"]


def test_costs_of_nothing_are_explained_and_income_above_them_is_told():
    proof, gf = begun(others=[{"kind": "own", "amount": "100"}]), as_(p.gf_aplerbeck())
    url, rows = proof.get_absolute_url(), {row.side: row.pk for row in proof.rows.filter(is_grant=False)}
    figures = {f"row-{rows['cost']}": "0", f"row-{rows['financing']}": "100"}
    sent = typed(
        gf.get(url), step="hand_in", publicity="Plakat", originals_at="Verein", confirmed="on", **figures
    )
    back = gf.post(url, sent, follow=True)
    assert "Es wurde nichts ausgegeben" in str(back.context["form"].errors["explanation"])
    assert "kamen 600,00 € herein, ausgegeben sind 0,00 €. 600,00 € sind übrig." in text(back)
    assert ProofOfUse.objects.get().rows.get(side="cost").actual == 0


def test_a_proof_is_written_checked_and_claimed_after_its_year_was_closed():
    proof, gf, wf = begun(), as_(p.gf_aplerbeck()), as_(p.wf1())
    close(pk=proof.application.pot.year_id)
    url, cost = proof.get_absolute_url(), proof.rows.get(side="cost")
    sent = typed(gf.get(url), step="hand_in", publicity="Plakat", originals_at="Verein", confirmed="on")
    assert "ist eingereicht" in text(gf.post(url, sent | {f"row-{cost.pk}": "400"}, follow=True))
    assert step(wf, proof, "note", text="Geprüft.", depth="simple", seen_papers="").status_code == 302
    assert Application.objects.get().reclaimed == 100
    assert "dafür, dass 100,00 € zurückgezahlt werden" in text(gf.get(url))


def test_a_grant_is_settled_on_the_page_once_what_was_claimed_came_back() -> None:
    proof, wf = handed_in(), as_(p.wf1())
    cost = proof.rows.get(side="cost")
    services.announce_cut(proof, cuts={cost.pk: Cut(Decimal(100), "Kein Beleg.")}, actor=p.wf1())
    services.answer_hearing(proof, answer="Das stimmt.", actor=p.gf_aplerbeck())
    services.note(proof, text="Geprüft.", depth="simple", actor=p.wf1())
    url, claim = proof.get_absolute_url(), proof.application.claims.get()
    page = wf.get(url)
    assert claim.get_absolute_url() in page.content.decode() and "settle" not in page.context["forms"]
    sent = {"step": "settle", "key": "0" * 32}
    refused = wf.post(url, sent)
    assert refused.status_code == 422 and Application.objects.get().is_approved
    core.repay(Application.objects.get(), amount=Decimal(100), actor=p.wf1())
    assert proof.application.project.number in text(wf.get(LIST))
    for reader in (p.gf_aplerbeck(), p.auditor(), p.board()):
        assert "settle" not in as_(reader).get(url).context["forms"]
        assert as_(reader).post(url, sent).status_code in (403, 422)
    assert Application.objects.get().is_approved
    assert step(as_(p.wf2()), proof, "settle").status_code == 302
    assert Application.objects.get().is_settled
    shown = wf.get(url)
    assert "Nichts mehr zu tun." in text(shown) and "settle" not in shown.context["forms"]
    assert proof.application.project.number not in text(wf.get(LIST))


def test_a_grant_with_open_interest_is_not_settled_on_the_page(monkeypatch: Any) -> None:
    proof, wf = handed_in(), as_(p.wf1())
    monkeypatch.setattr(
        "funding.proofs.services.checking.owed",
        lambda *_: Owed([], [], [], missing=MissingBaseRate(date(2026, 7, 1))),
    )
    services.note(proof, text="Geprüft.", depth="simple", actor=p.wf1())
    assert Application.objects.get().is_approved
    due = Owed([], [], [], unused=(InterestRule(), Due(Decimal(10), ())))
    monkeypatch.setattr(hooks, "interest", [lambda *_: due])
    refused = step(wf, proof, "settle")
    assert refused.status_code == 422 and "Es fehlen noch 10,00 € Zinsen" in text(refused)
    monkeypatch.setattr(hooks, "interest", [])
    assert step(wf, proof, "settle").status_code == 302
    assert Application.objects.get().is_settled


def test_many_vouchers_and_photos_ask_no_more_questions():
    proof, today = begun(amount="3000", costs=[("Bühne", "2000"), ("Ton", "1000")]), timezone.localdate()
    actor = p.gf_aplerbeck()

    def add(number: int) -> None:
        for n in range(number):
            file = {"name": "b.jpg", "kind": "jpeg", "size": 1, "sha256": f"{proof.photos.count():064}"}
            ProofPhoto.objects.create(proof=proof, uploaded_by=actor, **file)
            for row in proof.rows.filter(side="cost"):
                Voucher.objects.create(
                    row=row, day=today, amount=n + 1, payee="Özdemir", entered_by=actor, **file
                )

    def asked(user: User) -> int:
        client = as_(user)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(proof.get_absolute_url()).status_code == 200
        return len(queries)

    add(1)
    few = [asked(user) for user in (actor, p.wf1(), p.auditor(), p.board())]
    add(25)
    assert [asked(user) for user in (actor, p.wf1(), p.auditor(), p.board())] == few == [19, 17, 17, 15]


def test_what_was_paid_directly_is_there_and_taken_over_in_one_step():
    granted = p.application(
        p.approved(p.gf_aplerbeck(), shares={"APL": "3000"}, costs=[("Bühne", "2000"), ("Ton", "1000")]),
        "S1-APL",
    )
    p.accept(granted)
    to = batches.payee()
    to.districts.add(p.district("APL"))
    call = p.call(granted, "500", to=to, purpose="Bühne")
    kept = {"name": "rechnung.pdf", "kind": "pdf", "size": 9, "sha256": "a" * 64}
    paper = CallPaper.objects.create(call=call, uploaded_by=p.gf_aplerbeck(), **kept)
    batches.executed(payments.check_call(call, actor=p.wf1()))
    proof, gf = services.open_proof(granted, actor=p.gf_aplerbeck()), p.gf_aplerbeck()
    url, stage = proof.get_absolute_url(), proof.rows.get(label="Bühne")
    client, payment = as_(gf), Payment.objects.get()
    for reader in (gf, p.wf1(), p.auditor()):
        page = as_(reader).get(url)
        assert "500,00 € an Verein Hörde" in text(page)
        assert f'href="{paper.get_absolute_url()}"' in page.content.decode()
        assert "steht unter den Belegen" not in text(page)
    assert "Verein Hörde" not in text(as_(p.board()).get(url))
    sent = typed(client.get(url), step="save", **{f"direct-{payment.pk}": str(stage.pk)})
    assert client.post(url, sent).status_code == 302
    voucher = stage.vouchers.get()
    assert (voucher.amount, voucher.day, voucher.payee, voucher.sha256) == (
        Decimal(500), payment.executed_on, "Verein Hörde", paper.sha256,
    )  # fmt: skip
    assert proof.rows.get(label="Bühne").actual == 500
    page = client.get(url)
    assert (
        "steht unter den Belegen" in text(page) and f"direct-{payment.pk}" not in page.context["form"].fields
    )
    with pytest.raises(AlreadyDone):
        services.take_over(stage, payment=payment, actor=gf)
    other = begun(amount="3000", costs=[("Bühne", "3000")])
    with pytest.raises(TransitionNotAllowed, match="aus dieser Bewilligung"):
        services.take_over(other.rows.get(side="cost"), payment=payment, actor=gf)
