"""The addresses of projects, below /projekte/."""

from django.urls import path, re_path

from projects import views

app_name = "projects"
urlpatterns = [
    path("", views.project_list, name="list"),
    re_path(r"^liste\.(?P<kind>csv|xlsx)$", views.project_export, name="export"),
    path("neu/", views.create, name="create"),
    path("entwurf/<int:pk>/", views.draft, name="draft"),
    re_path(r"^(?P<number>[0-9]{4}-[A-Z]{3}-[0-9]{3,6})/$", views.detail, name="detail"),
    path("<int:pk>/bearbeiten/", views.edit, name="edit"),
    path("<int:pk>/bestaetigen/", views.confirm, name="confirm"),
    path("<int:pk>/absagen/", views.decline, name="decline"),
    path("<int:pk>/unterlagen/", views.attachments, name="attachments"),
    path("unterlagen/<int:pk>/", views.attachment, name="attachment"),
    path("unterlagen/<int:pk>/vorschau/", views.attachment_preview, name="attachment_preview"),
    path("unterlagen/<int:pk>/entfernen/", views.remove_attachment, name="attachment_remove"),
    path("<int:pk>/veroeffentlichen/", views.publish, name="publish"),
    path("<int:pk>/kommentare/", views.comments, name="comments"),
    path("<int:pk>/kommentare/gelesen/", views.comments_read, name="comments_read"),
    path("kommentare/<int:pk>/zuruecknehmen/", views.comment_take_back, name="comment_take_back"),
    path("<int:pk>/kopieren/", views.copy, name="copy"),
    path("<int:pk>/loeschen/", views.delete, name="delete"),
    path("<int:pk>/druckblatt/", views.sheet, name="sheet"),
    re_path(r"^(?P<number>[0-9]{4}-[A-Z]{3}-[0-9]{3,6})/druckblatt/$", views.sheet, name="sheet_by_number"),
    path("veranstalter/<int:pk>/", views.organiser, name="organiser"),
    path("<int:pk>/verlauf/", views.history, name="history"),
]
