"""The address for handing in: a page of funding under the project's address."""

from django.urls import path

from funding import views

app_name = "handing_in"
urlpatterns = [path("<int:pk>/einreichen/", views.hand_in, name="hand_in")]
