# SPDX-License-Identifier: Apache-2.0
"""Certificates and revocation lists written part by part, so that any part can be wrong. Nothing is signed."""

from __future__ import annotations

from dataclasses import dataclass

#: ecdsa-with-SHA256, and an uncompressed P-256 key's head up to the bit string: RFC 5758 3.2, RFC 5480 2.1.1.
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
COMMON_NAME, KEY_USAGE, CONSTRAINTS, CRL_NUMBER = "550403", "551d0f", "551d13", "551d14"
CRL_REASON, SGX = "551d15", "2a864886f84d010d01"
TRUE = bytes.fromhex("0101ff")


def element(tag: int, *contents: bytes) -> bytes:
    """An element of that tag in DER (X.690 10.1)."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    digits = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def sequence(*contents: bytes) -> bytes:
    return element(0x30, *contents)


def integer(value: int) -> bytes:
    return element(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(content: bytes) -> bytes:
    return element(0x04, content)


def oid(identifier: str) -> bytes:
    return element(0x06, bytes.fromhex(identifier))


def utc(text: str) -> bytes:
    return element(0x17, text.encode())


def generalized(text: str) -> bytes:
    return element(0x18, text.encode())


def name(*pairs: tuple[str, str]) -> bytes:
    """A name: sets of one attribute each, by identifier and text."""
    return sequence(*(element(0x31, sequence(oid(kind), element(0x0C, text.encode()))) for kind, text in pairs))


def extension(identifier: str, value: bytes, critical: bytes = b"") -> bytes:
    """An extension; `critical` is the BOOLEAN itself, or nothing."""
    return sequence(oid(identifier), critical, octets(value))


def bits(content: bytes) -> bytes:
    return element(0x03, content)


def signature(r: int = 5, s: int = 7) -> bytes:
    return bits(b"\0" + sequence(integer(r), integer(s)))


USAGE = extension(KEY_USAGE, bits(bytes.fromhex("0106")), TRUE)  # keyCertSign, cRLSign
CA = extension(CONSTRAINTS, sequence(TRUE, integer(0)), TRUE)


@dataclass(frozen=True)
class CertificateParts:
    """A CA's certificate, element by element."""

    version: bytes = bytes.fromhex("a003020102")
    serial: bytes = integer(0x1234)
    inner_algorithm: bytes = ECDSA_SHA256
    issuer: bytes = name((COMMON_NAME, "The Issuer"))
    validity: bytes = sequence(utc("200102030405Z"), generalized("20510102030405Z"))
    subject: bytes = name((COMMON_NAME, "The Subject"), ("55040a", "Somebody"))
    key: bytes = P256_HEAD + bytes(range(1, 65))
    extensions: tuple[bytes, ...] = (USAGE, CA)
    behind: bytes = b""
    algorithm: bytes = ECDSA_SHA256
    signature: bytes = signature()

    def signed(self) -> bytes:
        return sequence(
            self.version,
            self.serial,
            self.inner_algorithm,
            self.issuer,
            self.validity,
            self.subject,
            self.key,
            element(0xA3, sequence(*self.extensions)),
            self.behind,
        )

    def der(self) -> bytes:
        return sequence(self.signed(), self.algorithm, self.signature)


def entry(serial: bytes, date: bytes, *rest: bytes) -> bytes:
    """An entry of a revocation list."""
    return sequence(serial, date, *rest)


NUMBER = extension(CRL_NUMBER, integer(9))
REASON = sequence(extension(CRL_REASON, bytes.fromhex("0a0101")))
USUAL = entry(integer(0x77 << 152), utc("200102030405Z"), REASON)


@dataclass(frozen=True)
class RevocationListParts:
    """A revocation list, element by element; `entries` None leaves the list of entries out."""

    version: bytes = integer(1)
    inner_algorithm: bytes = ECDSA_SHA256
    issuer: bytes = name((COMMON_NAME, "The Issuer"))
    this_update: bytes = utc("200102030405Z")
    next_update: bytes = generalized("20510102030405Z")
    entries: tuple[bytes, ...] | None = (USUAL,)
    extensions: tuple[bytes, ...] = (NUMBER,)
    behind: bytes = b""
    algorithm: bytes = ECDSA_SHA256
    signature: bytes = signature()

    def signed(self) -> bytes:
        return sequence(
            self.version,
            self.inner_algorithm,
            self.issuer,
            self.this_update,
            self.next_update,
            b"" if self.entries is None else sequence(*self.entries),
            element(0xA0, sequence(*self.extensions)),
            self.behind,
        )

    def der(self) -> bytes:
        return sequence(self.signed(), self.algorithm, self.signature)
