# SPDX-License-Identifier: Apache-2.0
"""A wallet's answer becomes evidence whatever its scheme and form, and nothing else does."""

from __future__ import annotations

import pytest

from pha.bridge.claim import ClaimPath, Request, Scheme, SignatureFormatError, SignatureMismatchError
from pha.bridge.sample.keys import sample_key
from pha.bridge.wallet_signature import evidence_of

RECIPIENT, BRIDGE = bytes.fromhex("11" * 20), bytes.fromhex("22" * 20)
REQUEST = Request(ClaimPath.LIQUID, RECIPIENT, BRIDGE, 2035)
SENTENCE = f"PHA to 0x{'11' * 20} by 0x{'22' * 20} on 2035".encode()
SCHEMES = [Scheme.ED25519, Scheme.SR25519, Scheme.SECP256K1]
EVIDENCE_LENGTHS = {Scheme.ED25519: 144, Scheme.SR25519: 144, Scheme.SECP256K1: 129}


def signed(key, wrapped):
    return key.sign(b"<Bytes>" + SENTENCE + b"</Bytes>" if wrapped else SENTENCE)


@pytest.mark.parametrize("wrapped", [True, False], ids=["wrapped", "plain"])
@pytest.mark.parametrize("with_kind", [True, False], ids=["kind in front", "bare"])
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_scheme_and_wrapping_are_found_out(scheme, with_kind, wrapped):
    for number in range(6):
        key = sample_key(scheme, number)
        signature = bytes([scheme]) * with_kind + signed(key, wrapped)
        evidence = evidence_of(key.account, REQUEST, signature)
        assert (evidence.scheme, evidence.wrapped) == (scheme, wrapped)
        assert len(evidence.data) == EVIDENCE_LENGTHS[scheme]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_a_signature_over_another_sentence_is_refused(scheme):
    key = sample_key(scheme, 0)
    with pytest.raises(SignatureMismatchError):
        evidence_of(key.account, REQUEST, key.sign(SENTENCE + b"0"))


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_a_signature_of_another_account_is_refused(scheme):
    with pytest.raises(SignatureMismatchError):
        evidence_of(sample_key(scheme, 1).account, REQUEST, signed(sample_key(scheme, 0), True))


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_every_single_flipped_bit_is_refused(scheme):
    key = sample_key(scheme, 3)
    signature = signed(key, True)
    for bit in range(0, 512, 7):
        altered = bytearray(signature)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureMismatchError):
            evidence_of(key.account, REQUEST, bytes(altered))


@pytest.mark.parametrize("length", [0, 1, 63, 67, 128])
def test_bytes_of_no_signatures_length_are_refused_by_name(length):
    with pytest.raises(SignatureFormatError, match=str(length)):
        evidence_of(sample_key(Scheme.SR25519, 0).account, REQUEST, bytes(length))


def test_a_kind_that_is_none_is_refused():
    key = sample_key(Scheme.SECP256K1, 0)
    with pytest.raises(SignatureFormatError):
        evidence_of(key.account, REQUEST, b"\x03" + signed(key, True))


@pytest.mark.parametrize(
    "account", [bytes(32), b"\xff" * 32, (1).to_bytes(32, "little")], ids=["zero", "no point", "identity"]
)
def test_accounts_without_a_key_have_no_evidence(account):
    for signature in (bytes(64), b"\x01" + bytes(63), bytes(63) + b"\x80"):
        with pytest.raises((SignatureMismatchError, SignatureFormatError)):
            evidence_of(account, REQUEST, signature)
