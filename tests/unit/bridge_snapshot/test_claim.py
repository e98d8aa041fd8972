# SPDX-License-Identifier: Apache-2.0
"""The sentence, wallet signatures and the encoded claim, against eth-keys, eth-abi and published forms."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from eth_abi import decode
from eth_keys.datatypes import Signature
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.bundles import ClaimBundle
from pha.bridge.claim import (
    CLAIM_ABI,
    CURVE_ORDER,
    Claim,
    ClaimPath,
    Evidence,
    Request,
    Scheme,
    SentenceError,
    SignatureFormatError,
    SignatureMismatchError,
    WrongChainError,
    WrongContractError,
    ZeroRecipientError,
    address_bytes,
    parse_sentence,
    secp256k1_evidence,
    signature_bytes,
)
from pha.bridge.sample.keys import sample_key

RECIPIENT = bytes.fromhex("00112233445566778899aabbccddeeff00112233")
BRIDGE = bytes.fromhex("a0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3")
REQUEST = Request(ClaimPath.LIQUID, RECIPIENT, BRIDGE, 2035)
SENTENCE = "PHA to 0x00112233445566778899aabbccddeeff00112233 by 0xa0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3 on 2035"
KEY = sample_key(Scheme.SECP256K1, 0)


def test_sentence_reads_as_specified_and_stays_short() -> None:
    assert REQUEST.sentence() == SENTENCE
    assert REQUEST.message(wrapped=True) == b"<Bytes>" + SENTENCE.encode() + b"</Bytes>"
    assert len(Request(ClaimPath.LIQUID, RECIPIENT, BRIDGE, 31337).message(wrapped=True)) <= 119
    vault = Request(ClaimPath.VAULT, RECIPIENT, BRIDGE, 2035)
    assert vault.sentence() == "v" + SENTENCE
    assert Request(ClaimPath.NATIVE, RECIPIENT, BRIDGE, 2035).sentence() == "native " + SENTENCE


addresses = st.binary(min_size=20, max_size=20).filter(any)


@given(st.sampled_from(ClaimPath), addresses, addresses, st.integers(0, 2**64), st.booleans())
def test_sentence_reads_back(path, recipient, bridge, chain_id, wrapped) -> None:
    request = Request(path, recipient, bridge, chain_id)
    assert parse_sentence(request.message(wrapped).decode(), bridge, chain_id) == request


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (SENTENCE.replace("2035", "1"), WrongChainError),
        (SENTENCE.replace("a0b1", "a0b2"), WrongContractError),
        (SENTENCE.replace(RECIPIENT.hex(), "00" * 20), ZeroRecipientError),
        (SENTENCE.replace("aabb", "AABB"), SentenceError),
        (SENTENCE.replace("2035", "02035"), SentenceError),
        (SENTENCE + " ", SentenceError),
        (SENTENCE + "\n", SentenceError),
        (SENTENCE.replace("PHA", "xPHA"), SentenceError),
        ("<Bytes>" + SENTENCE, SentenceError),
        (SENTENCE.replace("2035", "٢"), SentenceError),
        (SENTENCE + "1" * 5_000, SentenceError),
        ("", SentenceError),
    ],
)
def test_sentence_is_refused_by_what_is_wrong(text: str, error: type[Exception]) -> None:
    with pytest.raises(error) as refusal:
        parse_sentence(text, BRIDGE, 2035)
    assert type(refusal.value) is error


def test_request_is_refused_when_no_one_could_be_paid() -> None:
    with pytest.raises(ZeroRecipientError):
        Request(ClaimPath.LIQUID, bytes(20), BRIDGE, 1)
    with pytest.raises(SentenceError):
        Request(ClaimPath.LIQUID, RECIPIENT[1:], BRIDGE, 1)
    with pytest.raises(WrongChainError):
        Request(ClaimPath.LIQUID, RECIPIENT, BRIDGE, -1)
    assert address_bytes("0x" + RECIPIENT.hex().upper()) == RECIPIENT
    for text in ("", RECIPIENT.hex(), "0x" + RECIPIENT.hex()[2:], "0x" + "g" * 40):
        with pytest.raises(SentenceError):
            address_bytes(text)


def check_evidence(evidence: Evidence, message: bytes) -> None:
    """Recovers with eth-keys and compares with the key's account, as the contract's ecrecover does."""
    assert evidence.scheme == 2
    x, y, r, s, v = (evidence.data[at : at + 32] for at in (0, 32, 64, 96, 128))
    assert v in (b"\x1b", b"\x1c")
    compressed = bytes((2 + y[-1] % 2,)) + x
    assert blake2b(compressed, digest_size=32).digest() == KEY.account
    signature = Signature(vrs=(v[0] - 27, int.from_bytes(r), int.from_bytes(s)))
    digest = blake2b(message, digest_size=32).digest()
    assert signature.recover_public_key_from_msg_hash(digest).to_bytes() == x + y
    assert int.from_bytes(s) <= CURVE_ORDER // 2


@pytest.mark.parametrize("wrapped", [False, True])
def test_every_form_of_a_wallets_signature_becomes_the_same_evidence(wrapped: bool) -> None:
    message = REQUEST.message(wrapped)
    plain = KEY.sign(message)
    high = plain[:32] + (CURVE_ORDER - int.from_bytes(plain[32:64])).to_bytes(32) + bytes((1 - plain[64],))
    forms = [plain, b"\2" + plain, plain[:64] + bytes((plain[64] + 27,)), high]
    found = [secp256k1_evidence(KEY.account, REQUEST, form) for form in forms]
    assert found == [Evidence(Scheme.SECP256K1, wrapped, found[0].data)] * 4
    check_evidence(found[0], message)
    assert signature_bytes(f" 0x{plain.hex()}\n") == plain


@given(st.integers(0, 8 * 64 - 1))
@settings(max_examples=30, deadline=None)
def test_altered_signature_is_refused(bit: int) -> None:
    bad = bytearray(KEY.sign(REQUEST.message(True)))
    bad[bit // 8] ^= 1 << bit % 8
    with pytest.raises((SignatureMismatchError, SignatureFormatError)):
        secp256k1_evidence(KEY.account, REQUEST, bytes(bad))


def test_signature_for_another_request_or_account_is_refused() -> None:
    signature = KEY.sign(REQUEST.message(True))
    for other in (
        Request(ClaimPath.VAULT, RECIPIENT, BRIDGE, 2035),
        Request(ClaimPath.LIQUID, BRIDGE, BRIDGE, 2035),
        Request(ClaimPath.LIQUID, RECIPIENT, RECIPIENT, 2035),
        Request(ClaimPath.LIQUID, RECIPIENT, BRIDGE, 1),
    ):
        with pytest.raises(SignatureMismatchError):
            secp256k1_evidence(KEY.account, other, signature)
    with pytest.raises(SignatureMismatchError):
        secp256k1_evidence(sample_key(Scheme.SECP256K1, 1).account, REQUEST, signature)


def test_malformed_signature_is_refused() -> None:
    good = KEY.sign(REQUEST.message(True))
    order = CURVE_ORDER.to_bytes(32)
    bad = [b"", good[:64], b"\1" + good, good + b"\0\0", good[:64] + b"\2", good[:64] + b"\x1d"]
    bad += [bytes(32) + good[32:], good[:32] + order + good[64:], order + good[32:]]
    for signature in bad:
        with pytest.raises(SignatureFormatError):
            secp256k1_evidence(KEY.account, REQUEST, signature)
    for text in ("", "0x", "0x123", "zz"):
        with pytest.raises(SignatureFormatError):
            signature_bytes(text)


def test_claim_encodes_as_the_contracts_struct() -> None:
    bundle = ClaimBundle(KEY.account, "", 7, 2**128 - 8, 9, b"\5" * 96, bytes(32), 0)
    evidence = Evidence(Scheme.SECP256K1, True, b"\6" * 129)
    claim = Claim(bundle, Request(ClaimPath.VAULT, RECIPIENT, BRIDGE, 2035), evidence)
    (values,) = decode([CLAIM_ABI], claim.encode())
    recipient = "0x" + RECIPIENT.hex()
    assert values == (
        KEY.account, 7, 2**128 - 8, 9, b"\5" * 96, recipient, True, 2, True, b"\6" * 129
    )  # fmt: skip
    assert Claim(bundle, REQUEST, evidence).abi_values()[6] is False
    with pytest.raises(SentenceError):
        Claim(bundle, Request(ClaimPath.NATIVE, RECIPIENT, BRIDGE, 2035), evidence)
