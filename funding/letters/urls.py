"""The addresses of letters, below /foerderung/."""

from django.urls import path, re_path

from funding.letters import views

app_name = "letters"
urlpatterns = [
    path("schreiben/", views.letters, name="letters"),
    re_path(r"^schreiben\.(?P<kind>csv|xlsx)$", views.letters_export, name="letters_export"),
    path("schreiben/zusammen/", views.together, name="together"),
    path("schreiben/<slug:number>/", views.letter, name="letter"),
    path("schreiben/<slug:number>/schreiben.pdf", views.letter_pdf, name="pdf"),
    path("antraege/<int:pk>/schreiben/", views.of_application, name="of_application"),
    path("antraege/<int:pk>/vorschau/", views.preview, name="preview"),
    # The token is blanked in logs (``members.common.logs``).
    path("zusage/<str:token>/", views.promise, name="promise"),
    path("zusage/<str:token>/schreiben.pdf", views.promise_pdf, name="promise_pdf"),
]
