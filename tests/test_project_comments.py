"""Comments: who reads which, who has read it, taking back, and what the start pages say."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import OutboxMail
from members.roles.permissions import Roles
from projects import comments
from projects.models import Comment, CommentReading, FormKey, Project
from tests import personas

pytestmark = pytest.mark.django_db

SHARED, DISTRICT, STAFF = Comment.Audience.values


@pytest.fixture
def joint(gf_aplerbeck: Any) -> Project:
    """Aplerbeck's project with Brackel, handed in."""
    return personas.handed_in(gf_aplerbeck, pillar_2="3000", further=["BRA"])


def write(
    project: Project, actor: Any, text: str = "Hallo", audience: str = SHARED, code: str = ""
) -> Comment:
    district = personas.district(code) if code else None
    return comments.write(project, actor=actor, text=text, audience=audience, district=district)


def test_every_persona_reads_what_the_audience_says(
    joint: Project, gf_aplerbeck: Any, gf_brackel: Any, wf1: Any
) -> None:
    write(joint, gf_aplerbeck, "geteilt")
    write(joint, gf_aplerbeck, "APL", DISTRICT, "APL")
    write(joint, gf_brackel, "BRA", DISTRICT, "BRA")
    write(joint, wf1, "WF", STAFF)
    found = {
        name: {c.text for c in Comment.objects.visible_to(Roles(persona()))}
        for name, persona in personas.ALL.items()
    }
    shared = {"geteilt"}
    assert found == {
        "gf_aplerbeck": shared | {"APL"},
        "deputy_aplerbeck": shared | {"APL"},
        "gf_brackel": shared | {"BRA"},
        "gf_hoerde": set(),
        "former_gf": set(),
        "wf1": shared | {"WF"},
        "wf2": shared | {"WF"},
        "wf_with_mandate": shared | {"APL", "WF"},
        "auditor": shared,
        "cash_auditor": shared,
        "board": shared,
        "superuser": shared,
        "admin_verein": set(),
        "nobody": set(),
        "visitor": set(),
    }


def test_who_may_write_for_whom(joint: Project) -> None:
    participations = list(joint.participations.select_related("district"))
    found = {
        name: [a.value for a in comments.audiences(Roles(persona()), joint, participations)]
        for name, persona in personas.ALL.items()
    }
    apl, bra = (f"district-{personas.district(c).pk}" for c in ("APL", "BRA"))
    assert found == {
        **{name: [] for name in personas.ALL},
        "gf_aplerbeck": [SHARED, apl],
        "deputy_aplerbeck": [SHARED, apl],
        "gf_brackel": [SHARED, bra],
        "wf1": [SHARED, STAFF],
        "wf2": [SHARED, STAFF],
        "wf_with_mandate": [SHARED, apl, STAFF],
    }


def test_the_service_refuses_other_audiences_and_texts(
    joint: Project, gf_aplerbeck: Any, gf_hoerde: Any, auditor: Any, wf1: Any
) -> None:
    for actor, audience, code in (
        (gf_aplerbeck, STAFF, ""),
        (gf_aplerbeck, DISTRICT, "BRA"),
        (gf_aplerbeck, DISTRICT, ""),
        (gf_hoerde, SHARED, ""),
        (gf_hoerde, DISTRICT, "HOE"),
        (auditor, SHARED, ""),
        (wf1, DISTRICT, "APL"),
    ):
        with pytest.raises(PermissionDenied):
            write(joint, actor, audience=audience, code=code)
    for text in ("", " \r\n ", "x" * 4001):
        with pytest.raises(ValueError, match="limited length"):
            write(joint, gf_aplerbeck, text)
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(project=joint, author=wf1, text="x", audience=DISTRICT)
    assert not Comment.objects.exists()


def test_a_form_that_arrives_again_later_is_the_same_comment(joint: Project, gf_aplerbeck: Any) -> None:
    client = Client()
    client.force_login(gf_aplerbeck)
    address = reverse("projects:comments", args=[joint.pk])
    [key] = re.findall(r'name="key" value="(\w+)"', client.get(address).content.decode())
    form = {"text": "Hallo", "audience": SHARED, "key": key}
    client.post(address, form)
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    client.post(address, form)
    assert Comment.objects.count() == 1
    # After going back and writing something else, that is a comment of its own.
    client.post(address, {**form, "text": "Und noch etwas"})
    assert Comment.objects.count() == 2


def test_many_comments_in_a_short_time_are_stopped_and_the_text_stays(
    joint: Project, gf_aplerbeck: Any, gf_brackel: Any
) -> None:
    client = Client()
    client.force_login(gf_aplerbeck)
    address = reverse("projects:comments", args=[joint.pk])
    for number in range(comments.MOST):
        assert client.post(address, {"text": f"Nr. {number}", "audience": SHARED}).status_code == 302
    mails = OutboxMail.objects.count()
    page = client.post(address, {"text": "Noch einer", "audience": SHARED})
    assert page.status_code == 429
    assert "Das waren viele Kommentare in kurzer Zeit. Ab " in page.content.decode()
    assert ">Noch einer</textarea>" in page.content.decode()
    assert (Comment.objects.count(), OutboxMail.objects.count()) == (comments.MOST, mails)
    write(joint, gf_brackel, "Andere schreiben weiter")
    other = personas.make_project(gf_aplerbeck)
    write(other, gf_aplerbeck, "auch anderswo")
    Comment.objects.filter(author=gf_aplerbeck).update(created_at=timezone.now() - comments.WINDOW)
    write(joint, gf_aplerbeck, "Später geht es wieder")


def test_nor_does_one_person_write_to_many_projects_at_once(gf_aplerbeck: Any) -> None:
    projects = [personas.make_project(gf_aplerbeck) for _ in range(4)]
    for number in range(comments.MOST_IN_ALL):
        write(projects[number % 3], gf_aplerbeck, f"Nr. {number}")
    with pytest.raises(comments.TooManyComments):
        write(projects[3], gf_aplerbeck)


def test_the_key_of_another_form_writes_nothing(joint: Project, gf_aplerbeck: Any, gf_brackel: Any) -> None:
    FormKey.spend("fremd", gf_brackel, project=joint)
    client = Client()
    client.force_login(gf_aplerbeck)
    form = {"text": "Hallo", "audience": SHARED, "key": "fremd"}
    assert client.post(reverse("projects:comments", args=[joint.pk]), form).status_code == 400
    assert not Comment.objects.exists()


def test_sent_twice_it_is_one(joint: Project, gf_aplerbeck: Any) -> None:
    assert write(joint, gf_aplerbeck) == write(joint, gf_aplerbeck, "Hallo\r\n")
    write(joint, gf_aplerbeck, audience=DISTRICT, code="APL")
    assert Comment.objects.count() == 2
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    write(joint, gf_aplerbeck)
    assert Comment.objects.count() == 3


def talk(project: Project, user: Any, shown: int = 30) -> comments.Talk:
    return comments.talk(
        Roles(user), project, list(project.participations.select_related("district")), shown=shown
    )


def read_by(project: Project, user: Any) -> dict[str, list[str]]:
    return {c.text: [str(r.user) for r in c.read_by] for c in talk(project, user).comments}


def test_read_by_whom_up_to_where(joint: Project, gf_aplerbeck: Any, gf_brackel: Any, wf1: Any) -> None:
    first = write(joint, gf_aplerbeck, "eins")
    assert talk(joint, wf1).unread == 1
    assert talk(joint, gf_aplerbeck).unread == 0
    comments.mark_read(joint, actor=wf1, up_to=first.pk)
    second = write(joint, gf_aplerbeck, "zwei")
    assert read_by(joint, gf_aplerbeck) == {"zwei": [], "eins": [str(wf1)]}
    comments.mark_read(joint, actor=wf1, up_to=second.pk)
    comments.mark_read(joint, actor=wf1, up_to=first.pk)  # never back
    assert read_by(joint, gf_aplerbeck) == {"zwei": [str(wf1)], "eins": []}
    # Whoever answers has read; a note that others cannot see leaves the marker where they can.
    write(joint, gf_brackel, "Antwort")
    note = write(joint, wf1, "intern", STAFF)
    assert read_by(joint, gf_aplerbeck) == {"Antwort": [str(wf1)], "zwei": [str(gf_brackel)], "eins": []}
    with pytest.raises(PermissionDenied):
        comments.mark_read(joint, actor=gf_aplerbeck, up_to=note.pk)
    comments.mark_read(joint, actor=personas.wf2(), up_to=note.pk)
    assert read_by(joint, wf1)["intern"] == [str(personas.wf2())]
    # Nobody seems to have read a note that is not for them.
    write(joint, gf_aplerbeck, "für APL", DISTRICT, "APL")
    write(joint, gf_brackel, "für BRA", DISTRICT, "BRA")
    assert read_by(joint, gf_aplerbeck)["für APL"] == []
    assert CommentReading.objects.count() == 4


def test_a_page_shows_some_and_counts_all(joint: Project, gf_aplerbeck: Any, wf1: Any) -> None:
    *_, last = [write(joint, gf_aplerbeck, text) for text in ("eins", "zwei", "drei")]
    for number, texts in ((1, ["drei", "zwei"]), (2, ["eins"])):
        found = comments.talk(Roles(wf1), joint, joint.participations.all(), shown=2, number=number)
        assert [c.text for c in found.comments] == texts
        assert (found.total, found.unread, found.latest) == (3, 3, last.pk)
        assert not found.shows_all_unread


def test_a_comment_of_another_project_was_not_read_in_this_one(
    joint: Project, gf_aplerbeck: Any, wf1: Any
) -> None:
    elsewhere = write(personas.handed_in(gf_aplerbeck), gf_aplerbeck)
    with pytest.raises(PermissionDenied):
        comments.mark_read(joint, actor=wf1, up_to=elsewhere.pk)


class TestTakingBack:
    def test_the_author_while_nobody_has_read_it(
        self, joint: Project, gf_aplerbeck: Any, deputy_aplerbeck: Any
    ) -> None:
        first, second = write(joint, gf_aplerbeck, "eins"), write(joint, gf_aplerbeck, "zwei")
        assert not talk(joint, deputy_aplerbeck).comments[0].may_take_back
        with pytest.raises(PermissionDenied):
            comments.take_back(second, actor=deputy_aplerbeck)
        comments.take_back(second, actor=gf_aplerbeck)
        assert list(Comment.objects.all()) == [first]
        assert CommentReading.objects.get().up_to == first
        comments.take_back(first, actor=gf_aplerbeck)
        assert not CommentReading.objects.exists()

    def test_its_author_seems_to_have_read_nothing_new(
        self, joint: Project, gf_aplerbeck: Any, gf_brackel: Any
    ) -> None:
        answer = write(joint, gf_brackel, "Antwort")
        write(joint, gf_brackel, "für BRA", DISTRICT, "BRA")
        write(personas.handed_in(gf_aplerbeck), gf_aplerbeck, "anderswo")
        comments.take_back(write(joint, gf_aplerbeck, "eins"), actor=gf_aplerbeck)
        assert CommentReading.objects.get(user=gf_aplerbeck, project=joint).up_to == answer
        assert read_by(joint, gf_brackel) == {"für BRA": [], "Antwort": [str(gf_aplerbeck)]}

    def test_what_its_author_wrote_after_it_stays_theirs_and_read(
        self, joint: Project, gf_aplerbeck: Any, deputy_aplerbeck: Any
    ) -> None:
        write(joint, gf_aplerbeck, "eins")
        second, third = write(joint, gf_aplerbeck, "zwei"), write(joint, gf_aplerbeck, "drei")
        comments.take_back(second, actor=gf_aplerbeck)
        assert talk(joint, gf_aplerbeck).unread == 0
        assert comments.unread(Roles(gf_aplerbeck), 8) == []
        with pytest.raises(PermissionDenied):
            comments.take_back(third, actor=deputy_aplerbeck)

    def test_what_was_read_stays(self, joint: Project, gf_aplerbeck: Any, wf1: Any) -> None:
        comment = write(joint, gf_aplerbeck)
        assert talk(joint, gf_aplerbeck).comments[0].may_take_back
        comments.mark_read(joint, actor=wf1, up_to=comment.pk)
        assert not talk(joint, gf_aplerbeck).comments[0].may_take_back
        with pytest.raises(PermissionDenied):
            comments.take_back(comment, actor=gf_aplerbeck)

    def test_nor_after_a_quarter_of_an_hour(self, client: Client, joint: Project, gf_aplerbeck: Any) -> None:
        comment = write(joint, gf_aplerbeck)
        Comment.objects.update(created_at=timezone.now() - timedelta(minutes=15))
        client.force_login(gf_aplerbeck)
        answer = client.post(reverse("projects:comment_take_back", args=[comment.pk]), follow=True)
        assert "Der Kommentar bleibt stehen" in answer.content.decode()
        assert Comment.objects.exists()


class TestPages:
    def test_readers_are_named_before_sending(
        self, client: Client, joint: Project, gf_aplerbeck: Any, auditor: Any
    ) -> None:
        client.force_login(gf_aplerbeck)
        for address in (
            joint.get_absolute_url(),
            personas.application(joint).get_absolute_url(),
            reverse("projects:comments", args=[joint.pk]),
        ):
            page = client.get(address).content.decode()
            assert (
                "Das lesen: Geschäftsführung Aplerbeck und Brackel mit Vertretung, Wirtschaftsförderung; "
                in page
            )
            assert "Das lesen nur: Geschäftsführung Aplerbeck und ihre Vertretung." in page
            assert "Notiz nur für die Wirtschaftsförderung" not in page
        client.force_login(auditor)
        assert "Kommentar senden" not in client.get(joint.get_absolute_url()).content.decode()

    def test_writing_reading_and_taking_back(
        self, client: Client, joint: Project, gf_aplerbeck: Any, wf1: Any
    ) -> None:
        address = reverse("projects:comments", args=[joint.pk])
        back = joint.get_absolute_url()
        client.force_login(gf_aplerbeck)
        sent = {"text": "Guten Tag,\r\n<b>zwei</b> Zeilen", "audience": SHARED, "next": back}
        answer = client.post(address, sent, follow=True)
        assert answer.redirect_chain == [(f"{back}#kommentare", 302)]
        assert "Guten Tag,<br>&lt;b&gt;zwei&lt;/b&gt; Zeilen" in answer.content.decode()
        comment = Comment.objects.get()
        assert (comment.author_role, comment.audience) == ("Geschäftsführung Aplerbeck", SHARED)

        client.force_login(wf1)
        page = client.get(back).content.decode()
        assert "1 neu" in page
        assert not CommentReading.objects.filter(user=wf1).exists()  # looking writes nothing
        mark = reverse("projects:comments_read", args=[joint.pk])
        answer = client.post(mark, {"up_to": comment.pk}, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert "1 neu" not in client.get(back).content.decode()
        for wrong in ("", "x", "-1", "9" * 30):
            assert client.post(mark, {"up_to": wrong}).status_code == 404
        assert client.post(mark, {"up_to": "999999"}).status_code == 403

        client.force_login(gf_aplerbeck)
        assert f"bis hierher gelesen: {wf1}" in client.get(back).content.decode()

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"audience": "shared"}, "Bitte schreiben Sie einen Text."),
            (
                {"audience": "shared", "text": "x" * 4001},
                "Bitte auf höchstens 4000 Zeichen kürzen; es sind 4001.",
            ),
            ({"audience": "staff", "text": "Bleibt stehen"}, "Bitte wählen Sie, wer mitliest."),
            ({"text": "Bleibt stehen"}, "Bitte wählen Sie, wer mitliest."),
        ],
    )
    def test_what_is_wrong_stands_at_the_field(
        self, client: Client, joint: Project, gf_aplerbeck: Any, data: dict[str, str], sentence: str
    ) -> None:
        client.force_login(gf_aplerbeck)
        answer = client.post(reverse("projects:comments", args=[joint.pk]), data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert sentence in page
        assert data.get("text", "") in page
        assert not Comment.objects.exists()

    def test_no_way_out_of_the_site(self, client: Client, joint: Project, gf_aplerbeck: Any) -> None:
        client.force_login(gf_aplerbeck)
        address = reverse("projects:comments", args=[joint.pk])
        for n, wanted in enumerate(("https://example.com/", "//example.com/", "/\\example.com")):
            answer = client.post(address, {"text": f"{n}", "audience": SHARED, "next": wanted})
            assert answer.url == f"{address}#kommentare"  # type: ignore[attr-defined]

    def test_a_published_project_shows_visitors_no_comment(
        self, client: Client, gf_aplerbeck: Any, gf_hoerde: Any
    ) -> None:
        project = personas.approved(gf_aplerbeck)
        write(project, gf_aplerbeck, "vertraulich")
        for user in (None, gf_hoerde):
            if user:
                client.force_login(user)
            page = client.get(project.get_absolute_url()).content.decode()
            assert "vertraulich" not in page
            assert "Kommentar" not in page

    def test_many_comments_cost_no_more_and_have_pages(
        self, client: Client, joint: Project, gf_aplerbeck: Any, wf1: Any
    ) -> None:
        client.force_login(wf1)
        address = reverse("projects:comments", args=[joint.pk])

        def queries(path: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            return len(captured)

        none = [queries(address), queries(joint.get_absolute_url()), queries("/")]
        write(joint, gf_aplerbeck, "erster")
        few = [queries(address), queries(joint.get_absolute_url()), queries("/")]
        for n in range(40):
            write(joint, gf_aplerbeck, f"Nr. {n}.")
            Comment.objects.update(created_at=F("created_at") - comments.WINDOW)
        assert [queries(address), queries(joint.get_absolute_url()), queries("/")] == few
        assert few == none
        # Session, user, groups, mandates, project, participations; readers, comments.
        assert few[0] == 8
        assert "Nr. 39." in client.get(address).content.decode()
        assert "erster" in client.get(address, {"page": 2}).content.decode()


class TestStartPages:
    def test_unread_comments_wait_for_the_other_side(
        self, client: Client, joint: Project, gf_aplerbeck: Any, gf_brackel: Any, gf_hoerde: Any, wf1: Any
    ) -> None:
        write(joint, gf_aplerbeck, "eins")
        last = write(joint, gf_aplerbeck, "zwei")
        for user, waits in ((gf_brackel, True), (wf1, True), (gf_aplerbeck, False), (gf_hoerde, False)):
            client.force_login(user)
            page = client.get("/").content.decode()
            assert ("2\xa0neue Kommentare" in page) is waits, user
        comments.mark_read(joint, actor=wf1, up_to=last.pk)
        client.force_login(wf1)
        assert "neue Kommentare" not in client.get("/").content.decode()

    def test_in_one_query_and_of_the_last_months(
        self, joint: Project, gf_aplerbeck: Any, wf1: Any, django_assert_num_queries: Any
    ) -> None:
        for n in range(5):
            write(joint, gf_aplerbeck, f"{n}")
        roles = Roles(wf1)
        assert roles.is_business_development
        assert not roles.district_ids
        with django_assert_num_queries(1):
            [found] = comments.unread(roles, 8)
        assert (found.project, found.count) == (joint, 5)
        assert found.since == Comment.objects.earliest("pk").created_at
        second = personas.handed_in(gf_aplerbeck)
        write(second, gf_aplerbeck)
        assert [u.project for u in comments.unread(roles, 8)] == [second, joint]
        assert [u.project for u in comments.unread(roles, 1)] == [second]
        Comment.objects.update(created_at=timezone.now() - timedelta(days=91))
        assert comments.unread(roles, 8) == []


def test_a_deleted_draft_takes_its_comments_along(gf_aplerbeck: Any) -> None:
    draft = personas.make_project(gf_aplerbeck)
    write(draft, gf_aplerbeck)
    draft.delete()
    assert not Comment.objects.exists()
