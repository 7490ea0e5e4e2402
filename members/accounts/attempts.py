"""How often a password may be tried and a link be asked for, counted in the cache.

Whoever guesses from elsewhere never locks the owner of an account out: tries count for account and address
together, and a device that the owner has signed in on counts for itself alone (``members.accounts.devices``). A new
password begins every count of its account anew, because the old one is part of what is counted.
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
    """No more tries for now. ``until`` is when the next one is heard."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = datetime.fromtimestamp(until, UTC)

    @property
    def clock(self) -> str:
        """The local time of day, rounded up to the minute: "14:05"."""
        minute = datetime.fromtimestamp(math.ceil(self.until.timestamp() / 60) * 60, UTC)
        return f"{timezone.localtime(minute):%H:%M}"


@dataclass(frozen=True)
class Limit:
    """``times`` within ``seconds`` for each of whatever is counted.

    Every count takes one of as many places in the cache, which frees itself. Adding a key is the one thing that
    every cache does for one of two processes only, so that tries sent at the same moment are counted as well.
    """

    name: str
    times: int
    seconds: int

    def take(self, *counted: object) -> str:
        """Take a place and return it; raises TooMany where none is free."""
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
#: A device on which this account has been signed in to; also one that was stolen.
ON_KNOWN_DEVICE = Limit("device", 5, 5 * MINUTE)
#: Who is signed in and is asked for the password again.
SIGNED_IN = Limit("signed in", 5, 5 * MINUTE)
#: For any other device.
PER_ACCOUNT_AND_ADDRESS = Limit("account and address", 5, 5 * MINUTE)
#: Many addresses guess one account's password.
PER_ACCOUNT = Limit("account", 50, HOUR)
#: One address tries many accounts. An office of thirty behind one address stays far below.
PER_ADDRESS = Limit("address", 100, 15 * MINUTE)
#: Every link that was mailed stays good for three days, so nobody needs more of them.
MAILED_LINKS = Limit("mailed links", 5, 24 * HOUR)

#: Each is a mail to an address that somebody typed.
NEW_ADDRESSES = Limit("new addresses", 5, 24 * HOUR)


def begin(request: HttpRequest, email: str, address: str) -> list[str]:
    """Count a try at this account's password before it is looked at; raises TooMany.

    Returns the places for ``take_back``. An address without an account is counted alike.
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
    """The password was right: the try does not count."""
    cache.delete_many(places)


def may_mail_link(user: User) -> bool:
    """Whether one more link for a new password goes to this account, and count it.

    Counted anew once the links that are there have lost their force: after a new password and after signing in.
    """
    try:
        MAILED_LINKS.take(user.pk, user.password, user.last_login)
    except TooMany:
        return False
    return True


def network_of(address: str) -> str:
    """An IPv6 connection has a whole network of addresses to itself and counts as one."""
    try:
        found = ip_address(address)
    except ValueError:  # a socket has no address
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Network((found, IPV6_PREFIX), strict=False))
    return str(found)
