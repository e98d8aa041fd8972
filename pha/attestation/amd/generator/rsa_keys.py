# SPDX-License-Identifier: Apache-2.0
"""RSA-4096 keys that follow from a seed, and deterministic PSS signatures. For tests only: such keys keep no secret."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from pha.attestation.amd.generator.prime_offsets import OFFSETS

EXPONENT = 65537
MODULUS_BYTES = 512
_PRIME_BYTES = 256
_HASH_BYTES = 48
_SALT_BYTES = 48
_DB_BYTES = MODULUS_BYTES - _HASH_BYTES - 1
_SMALL_PRIMES = [n for n in range(3, 20_000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
#: Bases of the Miller-Rabin test; candidates come out of a hash, so nobody aims at these.
_WITNESSES = (2, 3, 5, 7, 11, 13)


@dataclass(frozen=True)
class RsaKey:
    """A key of 4096 bits with public exponent 65537."""

    p: int
    q: int

    @property
    def modulus(self) -> int:
        """p·q."""
        return self.p * self.q

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes that follows from the message (RFC 8017,
        sections 8.1.1 and 9.1.1): 512 bytes."""
        digest = hashlib.sha384(message).digest()
        salt = hashlib.sha384(b"salt" + digest).digest()[:_SALT_BYTES]
        hashed = hashlib.sha384(bytes(8) + digest + salt).digest()
        block = (b"\x01" + salt).rjust(_DB_BYTES, b"\0")
        masked = bytearray(a ^ b for a, b in zip(block, _mask(hashed, _DB_BYTES), strict=True))
        masked[0] &= 0x7F
        return self._private(bytes(masked) + hashed + b"\xbc")

    def _private(self, encoded: bytes) -> bytes:
        """The private operation, by the Chinese remainder theorem."""
        number = int.from_bytes(encoded, "big")
        d = pow(EXPONENT, -1, (self.p - 1) * (self.q - 1))
        a, b = pow(number % self.p, d % (self.p - 1), self.p), pow(number % self.q, d % (self.q - 1), self.q)
        return (b + (a - b) * pow(self.q, -1, self.p) % self.p * self.q).to_bytes(MODULUS_BYTES, "big")


@lru_cache(maxsize=64)
def rsa_key(seed: bytes, label: str) -> RsaKey:
    """The key of that name. Takes seconds for a seed or name whose primes are not listed in `prime_offsets`."""
    p, q = (_prime(seed, label, index) for index in range(2))
    return RsaKey(p, q)


def start_of_search(seed: bytes, label: str, index: int) -> int:
    """The odd number of 2048 bits, its upper two set, from which the search for a prime goes up."""
    digest = hashlib.shake_256(len(seed).to_bytes(4, "big") + seed + f"{label} {index}".encode()).digest(_PRIME_BYTES)
    return int.from_bytes(digest, "big") | 3 << 2046 | 1


def find_offset(start: int) -> int:
    """How far above `start` the first usable prime stands."""
    offset = 0
    while not _is_usable(start + offset):
        offset += 2
    return offset


def _prime(seed: bytes, label: str, index: int) -> int:
    start = start_of_search(seed, label, index)
    known = OFFSETS.get((seed, label), ())
    return start + (known[index] if known else find_offset(start))


def _is_usable(n: int) -> bool:
    if any(n % small == 0 for small in _SMALL_PRIMES) or (n - 1) % EXPONENT == 0:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(n, odd, twos, witness) for witness in _WITNESSES)


def _passes(n: int, odd: int, twos: int, witness: int) -> bool:
    x = pow(witness, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-384 (RFC 8017, appendix B.2.1)."""
    counters = range(-(-length // _HASH_BYTES))
    return b"".join(hashlib.sha384(seed + counter.to_bytes(4, "big")).digest() for counter in counters)[:length]
