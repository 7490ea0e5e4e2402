"""The page of a project's comments."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from members.common.forms import CleanCharField, speak_plainly
from members.common.kept import posted
from members.common.keys import is_key
from members.common.way_back import own_address
from members.roles.request import Request
from projects import comments as talking
from projects import permissions
from projects.models import Comment, Project
from projects.views.access import insiders_project

PER_PAGE = 30


class CommentForm(forms.Form):
    text = CleanCharField(
        label="Kommentar",
        max_length=Comment.MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Bitte schreiben Sie einen Text."},
    )
    audience = forms.ChoiceField(
        label="Wer liest mit?",
        error_messages={
            "required": "Bitte wählen Sie, wer mitliest.",
            "invalid_choice": "Bitte wählen Sie, wer mitliest.",
        },
    )

    def __init__(self, data: Any, *, audiences: list[talking.Audience]) -> None:
        super().__init__(data, auto_id="comment-%s")
        speak_plainly(self.fields["text"])
        self.fields["audience"].choices = [(a.value, a.label) for a in audiences]  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: Request, pk: int) -> HttpResponse:
    """Show all comments that this reader may see; with POST, write one."""
    project = insiders_project(request, pk=pk)
    participations = list(project.participations.all())
    audiences = talking.audiences(request.roles, project, participations)
    typed = posted(request)
    form = CommentForm(typed, audiences=audiences) if audiences else None
    status = 200
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        status = 422
        if form.is_valid():
            audience, _, district_id = form.cleaned_data["audience"].partition("-")
            districts = {p.district_id: p.district for p in participations}
            districts[project.lead_district_id] = project.lead_district
            try:
                talking.write(
                    project,
                    actor=request.user,
                    text=form.cleaned_data["text"],
                    audience=audience,
                    district=districts[int(district_id)] if district_id else None,
                    key=request.POST.get("key", ""),
                )
            except talking.TooManyComments as refusal:
                form.add_error("text", str(refusal))
                status = 429
            else:
                messages.success(request, "Kommentar gesendet.")
                return redirect(_back(request, project))
    return render(
        request,
        "projects/comments.html",
        {
            "project": project,
            "participations": participations,
            "form": form,
            "talk": talking.talk(
                request.roles, project, participations, shown=PER_PAGE, number=request.GET.get("page")
            ),
        },
        status=status,
    )


@login_required
@require_POST
def read(request: Request, pk: int) -> HttpResponse:
    """Note how far the user has read. htmx sends this by itself once the comments come into view."""
    project = insiders_project(request, pk=pk)
    up_to = request.POST.get("up_to", "")
    if not is_key(up_to):
        raise Http404
    talking.mark_read(project, actor=request.user, up_to=int(up_to))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse("")
    return redirect(_back(request, project))


@login_required
@require_POST
def take_back(request: Request, pk: int) -> HttpResponse:
    comment = get_object_or_404(Comment.objects.visible_to(request.roles).select_related("project"), pk=pk)
    project = insiders_project(request, pk=comment.project_id)
    if comment.author_id != request.user.pk:
        raise PermissionDenied
    try:
        talking.take_back(comment, actor=request.user)
    except PermissionDenied:
        minutes = int(permissions.TAKE_BACK.total_seconds() // 60)
        messages.warning(
            request,
            f"Der Kommentar bleibt stehen: Zurücknehmen geht {minutes} Minuten lang und nur, solange ihn "
            "niemand gelesen hat.",
        )
    else:
        messages.success(request, "Der Kommentar ist zurückgenommen.")
    return redirect(_back(request, project))


def _back(request: Request, project: Project) -> str:
    """Return the address of the page that showed the form, if it is ours, else of the comments' page."""
    wanted = own_address(request.POST.get("next", ""))
    return f"{wanted or reverse('projects:comments', args=[project.pk])}#kommentare"
