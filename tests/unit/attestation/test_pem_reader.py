# SPDX-License-Identifier: Apache-2.0
"""PEM as writers of certificates put it (RFC 7468), decoded as Python's base64 does."""

from __future__ import annotations

import base64
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.intel.generator import Kind

BEGIN, END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
NO = (False, b"")


@pytest.fixture(scope="module")
def decode(project, deployer):
    """Callable `(text)`: whether it is complete, and the bytes."""
    reader = deployer.deploy(project.MockPemReader)

    def decode_first(text: bytes) -> tuple[bool, bytes]:
        complete, der = reader.decodeFirst(text)
        return complete, bytes(der)

    return decode_first


def pem(data: bytes, width: int = 64, line: bytes = b"\n") -> bytes:
    text = base64.b64encode(data)
    lines = [text[i : i + width] for i in range(0, len(text), width)]
    return line.join([BEGIN, *lines, END]) + line


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 47, 48, 49, 50, 95, 96, 300])
def test_any_bytes_are_decoded(decode, length):
    data = random.Random(length).randbytes(length)
    assert decode(pem(data)) == (True, data)
    assert decode(pem(data, line=b"\r\n")) == (True, data)
    assert decode(pem(data, width=76)) == (True, data)
    assert decode(pem(data, width=4)) == (True, data)
    assert decode(BEGIN + base64.b64encode(data) + END) == (True, data)


def test_a_certificate_is_decoded_and_what_follows_is_not_looked_at(decode, good_evidence):
    evidence = good_evidence(Kind.TDX_V5)
    certificate = x509.load_der_x509_certificate(evidence.pck.der)
    text = certificate.public_bytes(Encoding.PEM)
    for rest in (b"", b"\0", text, b"nothing of this kind", b"\xff" * 40):
        assert decode(text + rest) == (True, evidence.pck.der)


def test_every_character_has_its_own_value(decode):
    """All of the alphabet in each place of a group; and no other character in any place."""
    alphabet = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    whole = bytes(sorted(alphabet))
    for shift in range(4):
        group = whole[shift:] + whole[:shift]
        assert decode(BEGIN + b"\n" + group + b"\n" + END) == (True, base64.b64decode(group))
    # Line breaks stand only between groups; a dash begins the end; a padding sign ends a group.
    for character in set(range(256)) - alphabet - set(b"=\n\r-"):
        group = bytearray(b"AAAA")
        group[character % 4] = character
        assert decode(BEGIN + b"\n" + bytes(group) + b"\n" + END) == NO, character


@pytest.mark.parametrize(
    "group",
    [b"=AAA", b"A=AA", b"AA=A", b"A===", b"====", b"-AAA", b"A-AA", b"AA-A", b"AAA-", b"A\nAA", b"AA\nA", b"AAA\n"],
)
def test_group_is_refused_when_a_sign_stands_where_it_must_not(decode, group):
    assert decode(BEGIN + b"\n" + group + b"\n" + END)[0] is False


@pytest.mark.parametrize("keep", range(0, 27, 3))
def test_text_is_refused_when_it_does_not_begin_or_end_as_it_must(decode, keep):
    text = pem(b"content")
    assert decode(text[:keep]) == NO
    assert decode(b" " + text) == NO
    bent = bytearray(text)
    bent[keep] ^= 1
    assert decode(bytes(bent)) == NO
    end = text.index(END)
    assert decode(text[: end + min(keep, 24)]) == NO
    bent = bytearray(text)
    bent[end + min(keep, 24)] ^= 1
    assert decode(bytes(bent)) == NO


def test_text_without_an_end_is_refused(decode):
    for length in (0, 1, 48, 500):
        assert decode(pem(bytes(length)).replace(END, b"")) == NO
