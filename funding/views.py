from django.http import HttpRequest, HttpResponse


def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def pots(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def pot(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def applications(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def application(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


def years(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def year(request: HttpRequest, year: int) -> HttpResponse:
    return HttpResponse()
