from django.http import HttpRequest, HttpResponse


def project_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def create(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def draft(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def detail(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse()


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()
