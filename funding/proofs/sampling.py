"""Draw a sample so that anybody can draw the same one again: by a seed and a hash, without a random generator."""

import hashlib
from collections.abc import Collection


def drawn(listed: Collection[int], percent: int, seed: str) -> list[int]:
    """Return the drawn keys, smallest first: ``percent`` of a hundred of those listed, rounded up.

    Each key gets the SHA-256 of "<seed>:<key>" as its lot; the smallest lots are drawn.
    """
    number = -(-len(listed) * percent // 100)
    by_lot = sorted(listed, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())
    return sorted(by_lot[:number])
