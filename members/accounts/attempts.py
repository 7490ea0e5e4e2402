"""Limit how often a password may be tried and a link be asked for. The counts are kept in the cache.

Whoever guesses from elsewhere must never lock the owner out. So tries count per account and IP address
together, and a device on which the owner has signed in counts by itself (``members.accounts.devices``). A new
password starts every count of its account anew, because the stored password is part of what is counted.
"""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from members.accounts import devices
from members.models import User


class TooMany(Exception):
    """No more tries for now. ``until`` is when the next one is allowed."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = datetime.fromtimestamp(until, UTC)

    @property
    def clock(self) -> str:
        """Return the local time of day of ``until``, rounded up to the minute: "14:05"."""
        minute = datetime.fromtimestamp(math.ceil(self.until.timestamp() / 60) * 60, UTC)
        return f"{timezone.localtime(minute):%H:%M}"


@dataclass(frozen=True)
class Limit:
    """At most ``times`` tries within ``seconds`` for each thing that is counted.

    Every try takes one of ``times`` places in the cache, which expires after ``seconds``. Adding a key
    succeeds for only one of two processes in every cache, so tries at the same moment are counted, too.
    """

    name: str
    times: int
    seconds: int

    def take(self, *counted: object) -> str:
        """Take a place and return it. Raises TooMany where none is free."""
        base = salted_hmac("members.accounts.attempts", "|".join(map(str, (self.name, *counted)))).hexdigest()
        places = [f"attempt:{base}:{number}" for number in range(self.times)]
        taken = cache.get_many(places)
        until = time.time() + self.seconds
        for place in places:
            if place not in taken and cache.add(place, until, self.seconds):
                return place
        raise TooMany(min(taken.values(), default=until))


MINUTE, HOUR = 60, 60 * 60
IPV6_PREFIX = 64
#: A device on which the account has signed in before. It may be a stolen one.
ON_KNOWN_DEVICE = Limit("device", 5, 5 * MINUTE)
#: Somebody signed in who is asked for the password again.
SIGNED_IN = Limit("signed in", 5, 5 * MINUTE)
#: Any other device.
PER_ACCOUNT_AND_ADDRESS = Limit("account and address", 5, 5 * MINUTE)
#: All addresses together, against guessing one account's password from many of them.
PER_ACCOUNT = Limit("account", 50, HOUR)
#: One address, against trying many accounts. An office of thirty behind one address stays far below.
PER_ADDRESS = Limit("address", 100, 15 * MINUTE)
#: A mailed link is valid for three days, so nobody needs more of them.
MAILED_LINKS = Limit("mailed links", 5, 24 * HOUR)

#: To one account, by whoever.
INVITATIONS = Limit("invitations", 5, 24 * HOUR)
#: Each one sends a mail to an address that somebody typed.
NEW_ADDRESSES = Limit("new addresses", 5, 24 * HOUR)


def begin(request: HttpRequest, email: str, address: str) -> list[str]:
    """Count a try at this account's password before it is checked. Raises TooMany.

    Returns the places for ``take_back``. An address without an account is counted in the same way.
    """
    user = User.objects.filter(email=email).first()
    account: tuple[object, ...] = (user.pk, user.password) if user else (email,)
    if user and request.user == user:
        limits: list[tuple[Limit, tuple[object, ...]]] = [(SIGNED_IN, account)]
    elif user and (device := devices.known(request, user)):
        limits = [(ON_KNOWN_DEVICE, (*account, device))]
    else:
        network = network_of(address)
        limits = [
            (PER_ACCOUNT_AND_ADDRESS, (*account, network)),
            (PER_ACCOUNT, account),
            (PER_ADDRESS, (network,)),
        ]
    places: list[str] = []
    try:
        for limit, counted in limits:
            places.append(limit.take(*counted))
    except TooMany:
        take_back(places)
        raise
    return places


def take_back(places: list[str]) -> None:
    """Uncount a try, because the password was right."""
    cache.delete_many(places)


def may_mail_link(user: User) -> bool:
    """Return whether one more link for a new password may go to this account, and count it.

    The count starts anew when earlier links have ended: after a new password and after signing in.
    """
    try:
        MAILED_LINKS.take(user.pk, user.password, user.last_login)
    except TooMany:
        return False
    return True


def network_of(address: str) -> str:
    """Return what counts as one visitor: the IPv4 address, or the /64 network of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:  # A request through a Unix socket has no address.
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Network((found, IPV6_PREFIX), strict=False))
    return str(found)
