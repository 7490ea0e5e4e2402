"""What is kept how long, and deleting it by two people: letters, vouchers, papers and files of the bank."""

import zipfile
from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding import services as core
from funding.closing.models import Deletion, DeletionDone, DeletionItem, RetentionHold, RetentionPeriod
from funding.closing.retention import files, services
from funding.closing.retention.listing import parts_of, years
from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.letters.models import Letter, LetterSeries
from funding.models import Application, FundingModel
from funding.payments.models import CallPaper
from funding.proofs.models import ProofPhoto, Voucher
from funding.verify import findings
from members.common import stored
from members.models import OutboxMail
from projects import attachments
from stadtbezirk.audit.package import Package
from stadtbezirk.operation import manifest
from tests import letters
from tests import personas as p
from tests.tampering import without_triggers
from tests.test_project_pages import signed_in, text_of
from tests.test_raw_sql import story  # noqa: F401

pytestmark = pytest.mark.django_db


def old_year() -> int:
    return p.this_year() - 10


@pytest.fixture
def old() -> Letter:
    """A letter about a rejected application, drawn ten years ago, with its bytes."""
    project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
    core.reject(p.application(project), reason="Kein Geld.", actor=p.wf1())
    decision = p.application(project).decisions.latest("pk")
    p.wf2()
    LetterSeries.objects.create(year=p.this_year(), last=1)
    return letters.written(
        decision, kind="rejection", drawn_on=date(old_year(), 5, 4), sha256=stored.put(b"Absage"), size=6
    )


def part(what: str, today: date | None = None, year: int | None = None):
    return next(
        (
            each
            for each in parts_of(year or old_year(), today or timezone.localdate())
            if each.source.what == what
        ),
        None,
    )


def ask(what: str = "letter", **more) -> Deletion:
    return services.request_deletion(old_year(), what, **{"actor": p.wf1(), "reason": "Frist vorbei."} | more)


def confirm(deletion: Deletion, **more) -> Deletion:
    return services.confirm_deletion(deletion, **{"actor": p.wf2()} | more)


def there(letter: Letter) -> bool:
    return default_storage.exists(stored.path_of(letter.sha256))


class TestPeriods:
    def test_a_letter_may_go_from_the_seventh_first_of_january(self, old):
        for today, may_go in ((date(old_year() + 6, 12, 31), 0), (date(old_year() + 7, 1, 1), 1)):
            found = part("letter", today)
            assert (found.number, found.number_staying) == (may_go, 1 - may_go)
            [group] = found.groups
            assert (group.first_day, group.size) == (date(old_year() + 7, 1, 1), 6)
            assert group.why == "Frist des Gesetzes: 6\u00a0Jahre (§ 147 Abs. 3 AO)"

    def test_the_grantors_own_period_counts_where_it_is_longer(self, old):
        model = FundingModel.objects.get(first_year=2016)
        own = {
            "kind": "letter",
            "funding_model": model,
            "since": date(2016, 1, 1),
            "basis": "Bescheid der Stadt",
        }
        period = RetentionPeriod.objects.create(years=5, **own)
        assert part("letter").groups[0].first_day == date(old_year() + 7, 1, 1)
        RetentionPeriod.objects.filter(pk=period.pk).update(years=12)
        [group] = part("letter").groups
        assert group.first_day == date(old_year() + 13, 1, 1) and not group.may_go
        assert group.why == "Frist des Geldgebers: 12\u00a0Jahre (Bescheid der Stadt)"

    def test_a_new_period_of_the_law_counts_from_its_first_day_for_older_ones_too(self):
        from funding.closing.retention.periods import Periods

        assert Periods(date(2024, 12, 31)).kept("voucher", 2016).years == 10
        assert Periods(date(2025, 1, 1)).kept("voucher", 2016).years == 8

    def test_without_a_period_nothing_may_go(self, old):
        with without_triggers():
            RetentionPeriod.objects.all().delete()
        assert part("letter").groups[0].first_day is None and part("letter").number == 0


@pytest.mark.parametrize(
    ("change", "matter"),
    [
        ({"state": "submitted"}, "ein Antrag ist nicht entschieden"),
        ({"state": "approved"}, "eine Bewilligung ist nicht abgerechnet"),
    ],
)
def test_what_is_open_keeps_it(old, change, matter):
    with without_triggers():
        Application.objects.filter(pk=old.decision.application_id).update(**change)
    [group] = part("letter").groups
    assert (group.first_day, group.why, group.may_go) == (None, f"Offen: {matter}", False)
    with pytest.raises(TransitionNotAllowed, match="nichts gelöscht"):
        ask()


def test_a_hold_keeps_a_project_or_a_year_until_it_is_ended(old):
    project = old.decision.application.project
    for of in ({"project": project}, {"year": old_year()}):
        held = services.hold(actor=p.wf1(), reason="Klage.", **of)
        assert part("letter").groups[0].why == "Offen: Löschsperre"
        with pytest.raises(TransitionNotAllowed, match="schon eine"):
            services.hold(actor=p.wf1(), reason="Klage.", **of)
        services.end_hold(held, actor=p.wf2(), reason="Verglichen.")
        assert part("letter").number == 1
        with pytest.raises(TransitionNotAllowed, match="schon beendet"):
            services.end_hold(held, actor=p.wf2(), reason="Verglichen.")
        with pytest.raises(IntegrityError, match="Loeschsperre"), transaction.atomic():
            RetentionHold.objects.filter(pk=held.pk).update(reason="x")


def test_a_reopened_year_keeps_its_papers(old):
    from tests.closed import permit

    year = old.decision.application.pot.year
    permit(year.year, "reopen")
    assert part("letter").groups[0].why == "Offen: das Haushaltsjahr ist wieder geöffnet"


class TestDeleting:
    def test_two_people_delete_and_a_line_stays(self, old, django_capture_on_commit_callbacks):
        asked = ask(seen=1)
        assert OutboxMail.objects.filter(template="deletion", recipient=p.wf2().email).count() == 1
        assert there(old) and asked.items.count() == 1
        with django_capture_on_commit_callbacks(execute=True):
            confirm(asked)
        assert not there(old) and DeletionDone.objects.get().deletion == asked
        item = DeletionItem.objects.get()
        assert (item.sha256, item.size, item.project) == (old.sha256, 6, old.decision.application.project)
        assert item.rule.startswith("Frist des Gesetzes: 6")
        old.refresh_from_db()
        assert old.sha256 == item.sha256
        assert part("letter") is None and years(timezone.localdate())[0].gone == 1
        assert list(findings()) == [] and attachments.strays().missing == []

    def test_page_backup_and_package_say_that_it_was_deleted(self, old, django_capture_on_commit_callbacks):
        year = old.decision.application.pot.year
        assert stored.path_of(old.sha256) in manifest.present_contents().papers
        with django_capture_on_commit_callbacks(execute=True):
            confirm(ask())
        answer = signed_in(p.wf1()).get(reverse("letters:pdf", args=[old.number]))
        assert answer.status_code == 410 and "gelöscht (Aufbewahrung)" in text_of(answer)
        assert manifest.present_contents().papers == set()
        with zipfile.ZipFile(BytesIO(b"".join(Package(year)))) as package:
            missing = package.read("fehlende-dateien.csv").decode()
        assert f"am {timezone.localdate():%d.%m.%Y} gelöscht (Aufbewahrung)" in missing

    def test_lists_say_beside_the_name_when_it_was_deleted(self, old):
        staff = signed_in(p.wf1())
        pages = (reverse("letters:letters") + "?stand=alle", old.get_absolute_url())
        said = f"gelöscht am {timezone.localdate():%d.%m.%Y} (Aufbewahrung)"
        assert [said in text_of(staff.get(page)) for page in pages] == [False, False]
        confirm(ask())
        assert [said in text_of(staff.get(page)) for page in pages] == [True, True]
        assert "PDF ansehen" not in text_of(staff.get(pages[1]))

    def test_what_is_lost_and_was_not_deleted_is_found(self, old):
        default_storage.delete(stored.path_of(old.sha256))
        assert any(old.number in each for each in findings())

    def test_nobody_is_both_people(self, old):
        with pytest.raises(ConflictOfInterest, match="andere Person"):
            confirm(ask(), actor=p.wf1())
        for nobody in (p.auditor(), p.gf_aplerbeck(), p.admin_verein()):
            with pytest.raises(TransitionNotAllowed, match="löscht die Wirtschaftsförderung"):
                ask(actor=nobody)

    def test_nothing_is_deleted_twice(self, old):
        asked = ask()
        with pytest.raises(TransitionNotAllowed, match="wartet schon"):
            ask()
        confirm(asked)
        with pytest.raises(TransitionNotAllowed, match="schon entschieden"):
            confirm(asked)
        with pytest.raises(TransitionNotAllowed, match="nichts gelöscht"):
            ask()

    def test_the_list_is_looked_at_again_when_it_changed(self, old):
        with pytest.raises(TransitionNotAllowed, match="noch einmal"):
            ask(seen=2)

    def test_what_came_under_a_hold_since_is_not_deleted(self, old):
        asked = ask()
        services.hold(actor=p.wf1(), reason="Klage.", year=old_year())
        with pytest.raises(TransitionNotAllowed, match="muss noch bleiben"):
            confirm(asked)
        assert there(old)
        services.refuse_deletion(asked, actor=p.wf2(), reason="Klage.")

    def test_a_longer_period_since_stops_it(self, old):
        asked = ask()
        RetentionPeriod.objects.filter(kind="letter").update(years=30)
        with pytest.raises(TransitionNotAllowed, match="muss noch bleiben"):
            confirm(asked)

    def test_bytes_stay_while_another_row_names_them(self, old, django_capture_on_commit_callbacks):
        other = letters.written(
            old.decision, kind="rejection", replaces=old, correction="Name.", sha256=old.sha256, size=6
        )
        LetterSeries.objects.update(last=2)
        with django_capture_on_commit_callbacks(execute=True):
            confirm(ask())
        assert there(other) and list(findings()) == []

    def test_the_timer_ends_what_broke_off(self, old):
        confirm(ask())  # and the process dies
        assert there(old)
        assert attachments.strays().missing == []
        assert files.repair() == 1 and not there(old) and files.repair() == 0
        assert list(findings()) == []


def test_project_papers_stay_whoever_asks_and_go_by_two(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    from tests.files import picture, upload

    project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
    paper = attachments.add(project, upload=upload(picture(), "a.png"), actor=p.gf_aplerbeck())
    core.reject(p.application(project), reason="Kein Geld.", actor=p.wf1())
    paper.__class__.objects.update(uploaded_at=timezone.now().replace(year=old_year(), day=3))
    with pytest.raises(PermissionDenied):
        attachments.remove(paper, actor=p.superuser())
    for change in (
        {"file": "xx/other"},
        {"removed_at": timezone.now(), "removed_by": p.wf1(), "file": "", "preview": ""},
    ):
        with pytest.raises(IntegrityError, match="zwei Personen"), transaction.atomic():
            paper.__class__.objects.update(**change)
    with pytest.raises(IntegrityError, match="zwei Personen"), transaction.atomic():
        paper.__class__.objects.all()._raw_delete("default")
    p.wf2()
    with django_capture_on_commit_callbacks(execute=True):
        confirm(ask("attachment"))
    name = paper.file.name
    paper.refresh_from_db()
    assert paper.removed_by == p.wf2() and not paper.file and not default_storage.exists(name)
    page = text_of(signed_in(p.wf1()).get(reverse("projects:attachments", args=[project.pk])))
    assert f"nach der Aufbewahrung gelöscht am {timezone.localdate():%d.%m.%Y}" in page


class TestPages:
    def test_ask_and_confirm_on_the_pages(self, old, django_capture_on_commit_callbacks):
        staff, second = signed_in(p.wf1()), signed_in(p.wf2())
        page = text_of(staff.get(reverse("retention:years")))
        assert str(old_year()) in page and f"ab 01.01.{old_year() + 7}" in page
        address = reverse("retention:year", args=[old_year()])
        page = text_of(staff.get(address))
        assert (
            "1 Eintrag darf jetzt gelöscht werden" in page.replace("\u00a0", " ")
            and f"seit 01.01.{old_year() + 7}" in page
        )
        data = {"key": "k" * 20, "step": "letter", "seen": "1", "reason": "Frist vorbei."}
        refused = staff.post(address, data | {"reason": "", "key": "l" * 20})
        assert refused.status_code == 422 and "Bitte eine Begründung eintragen" in text_of(refused)
        stale = staff.post(address, data | {"seen": "9", "key": "m" * 20})
        assert stale.status_code == 422 and "noch einmal" in text_of(stale)
        assert staff.post(address, data).status_code == 302
        again = staff.post(address, data | {"key": "n" * 20})
        assert again.status_code == 422 and "wartet schon" in text_of(again)
        deletion = Deletion.objects.get()
        page = deletion.get_absolute_url()
        own = staff.post(page, {"key": "o" * 20, "step": "confirm"})
        assert own.status_code == 403 and "selbst beantragt" in text_of(own)
        with django_capture_on_commit_callbacks(execute=True):
            assert second.post(page, {"key": "p" * 20, "step": "confirm"}).status_code == 302
        shown = text_of(signed_in(p.auditor()).get(page))
        assert old.sha256 in shown and "gelöscht" in shown and not there(old)

    def test_a_hold_is_entered_and_ended_on_the_pages(self, old):
        staff = signed_in(p.wf1())
        address = reverse("retention:years")
        number = old.decision.application.project.number
        for wrong in (
            {},
            {"number": number, "year": old_year()},
            {"number": "2016-ZZZ-001"},
            {"year": "99999999999"},
        ):
            answer = staff.post(address, {"key": "k" * 20, "step": "hold", "reason": "Klage.", **wrong})
            assert answer.status_code == 422, wrong
        assert (
            staff.post(
                address, {"key": "k" * 20, "step": "hold", "reason": "Klage.", "number": number}
            ).status_code
            == 302
        )
        held = RetentionHold.objects.get()
        assert "Klage." in text_of(staff.get(address))
        assert (
            staff.post(
                held.get_absolute_url(), {"key": "l" * 20, "step": "end", "reason": "Aus."}
            ).status_code
            == 302
        )
        assert "Aus." in text_of(staff.get(held.get_absolute_url()))

    def test_no_year_to_come_and_no_huge_id(self, old):
        staff = signed_in(p.wf1())
        for address in (
            reverse("retention:year", args=[p.this_year() + 1]),
            reverse("retention:year", args=[10**30]),
            reverse("retention:deletion", args=[10**30]),
            reverse("retention:hold", args=[10**30]),
        ):
            assert staff.get(address).status_code == 404

    def test_the_number_of_queries_does_not_grow(self, old, django_assert_num_queries):
        auditor = signed_in(p.auditor())
        auditor.get(reverse("retention:years"))
        for more in (0, 3):
            for number in range(more):
                letters.written(
                    old.decision, kind="rejection", drawn_on=old.drawn_on, sha256=f"{number}" * 64, size=6,
                    replaces=Letter.objects.latest("pk"), correction="Name.",
                )  # fmt: skip
            with django_assert_num_queries(20):
                auditor.get(reverse("retention:year", args=[old_year()]))
            with django_assert_num_queries(20):
                auditor.get(reverse("retention:years"))


def test_every_kind_is_listed_and_says_what_keeps_it(story: None) -> None:  # noqa: F811
    """Of something of everything (``tests.test_raw_sql``) nothing may go: it is open, or within its period."""
    today = timezone.localdate()
    listed: dict[str, set[str]] = {}
    for year in (today.year - 1, today.year, today.year + 1):
        for each in parts_of(year, today):
            assert each.number == 0 and each.number_staying
            listed.setdefault(each.what, set()).update(group.why for group in each.groups)
    assert set(listed) == {"account", "bank_file", "call_paper", "letter", "photo", "statement", "voucher"}
    for what in ("letter", "call_paper", "photo", "voucher"):
        assert listed[what] == {"Offen: eine Bewilligung ist nicht abgerechnet"}, what
    assert listed["account"] == {"Offen: ein Antrag ist nicht entschieden"}
    assert "Offen: nicht alles ist ausgeführt oder zugeordnet" in listed["bank_file"] | listed["statement"]


def test_vouchers_photos_and_papers_of_calls_say_when_they_were_deleted(story: None) -> None:  # noqa: F811
    with without_triggers():
        for what, model in (("voucher", Voucher), ("photo", ProofPhoto), ("call_paper", CallPaper)):
            row = model.objects.exclude(sha256="").earliest("pk")
            deletion = Deletion.objects.create(
                year=old_year(), what=what, reason="Frist vorbei.", requested_by=p.wf1(), requested_on=date(2099, 1, 1),
                state="confirmed", decided_by=p.wf2(), decided_on=date(2099, 1, 2),
            )  # fmt: skip
            DeletionItem.objects.create(
                deletion=deletion, source=model._meta.db_table, row_key=row.pk, name="x", sha256=row.sha256,
                size=1, years=8, rule="x",
            )  # fmt: skip
    proof, call = ProofPhoto.objects.earliest("pk").proof, CallPaper.objects.earliest("pk").call
    staff = signed_in(p.wf1())
    shown = {page: staff.get(page.get_absolute_url()).content.decode() for page in (proof, call)}
    assert shown[proof].count("gelöscht am 02.01.2099 (Aufbewahrung)") == 2
    assert shown[call].count("gelöscht am 02.01.2099 (Aufbewahrung)") == 1
