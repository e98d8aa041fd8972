# SPDX-License-Identifier: Apache-2.0
"""Secp256k1AccountVerifier: Substrate's ECDSA accounts, and evidence that is bent."""

from __future__ import annotations

import pytest

from tests.reference.claims import ORDER, Holder, blake2b, keccak

MESSAGE = b"<Bytes>PHA to 0x00 by 0x01 on 1</Bytes>"


@pytest.fixture(scope="module")
def verifier(project, deployer):
    return deployer.deploy(project.Secp256k1AccountVerifier)


@pytest.fixture(scope="module")
def signer():
    return Holder(424242)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


@pytest.mark.parametrize("secret", [1, 2, 3, 7, ORDER - 1, 2**255 - 19])
def test_verify_accepts_a_key_of_either_parity(verifier, secret):
    holder = Holder(secret)
    assert verifier.verify(holder.account, MESSAGE, holder.evidence(MESSAGE))


def test_verify_accepts_the_account_that_substrate_derives(verifier):
    """`//Alice` with ECDSA, as `subkey inspect --scheme ecdsa //Alice` prints it."""
    public = bytes.fromhex("020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1")
    secret = bytes.fromhex("cb6df9de1efca7a3998a8ead4e02159d5fa99c3e0d4fd6432667390bb4726854")
    holder = Holder(int.from_bytes(secret, "big"))
    assert holder.key.public_key.format(compressed=True) == public
    assert verifier.verify(blake2b(public), MESSAGE, holder.evidence(MESSAGE))


@pytest.mark.parametrize("high_s", [False, True], ids=["low-s", "high-s"])
@pytest.mark.parametrize("v_offset", [0, 27])
def test_verify_accepts_both_forms_of_s_and_v(verifier, signer, high_s, v_offset):
    evidence = signer.evidence(MESSAGE, v_offset=v_offset, high_s=high_s)
    assert verifier.verify(signer.account, MESSAGE, evidence)


@pytest.mark.parametrize("v", [2, 3, 4, 26, 29, 30, 255])
def test_verify_refuses_other_v(verifier, signer, v):
    evidence = signer.evidence(MESSAGE)
    assert not verifier.verify(signer.account, MESSAGE, evidence[:128] + bytes([v]))


def test_verify_refuses_the_other_v(verifier, signer):
    evidence = signer.evidence(MESSAGE)
    assert not verifier.verify(signer.account, MESSAGE, evidence[:128] + bytes([evidence[128] ^ 1]))


@pytest.mark.parametrize("length", [0, 1, 64, 128, 130, 1000])
def test_verify_refuses_evidence_of_another_length(verifier, signer, length):
    evidence = (signer.evidence(MESSAGE) + bytes(1000))[:length]
    assert not verifier.verify(signer.account, MESSAGE, evidence)


@pytest.mark.parametrize("part", range(129))
def test_verify_refuses_any_changed_byte(verifier, signer, part):
    evidence = bytearray(signer.evidence(MESSAGE))
    evidence[part] ^= 0x40
    assert not verifier.verify(signer.account, MESSAGE, bytes(evidence))


@pytest.mark.parametrize("message", [b"", MESSAGE + b" ", MESSAGE[:-1], MESSAGE.lower()])
def test_verify_refuses_another_message(verifier, signer, message):
    assert not verifier.verify(signer.account, message, signer.evidence(MESSAGE))


def test_verify_refuses_another_account(verifier, signer):
    assert not verifier.verify(Holder(5).account, MESSAGE, signer.evidence(MESSAGE))
    assert not verifier.verify(signer.account[:-1] + b"\x00", MESSAGE, signer.evidence(MESSAGE))


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (0, 0), (ORDER, 1), (1, ORDER), (2**256 - 1, 2**256 - 1)])
def test_verify_refuses_scalars_out_of_range(verifier, signer, r, s):
    key = signer.evidence(MESSAGE)[:64]
    for v in (27, 28):
        assert not verifier.verify(signer.account, MESSAGE, key + word(r) + word(s) + bytes([v]))


def test_verify_refuses_the_digest_of_another_hash(verifier, signer):
    """Signed over keccak-256, as Ethereum would, instead of BLAKE2b-256."""
    signature = signer.key.sign_recoverable(keccak(MESSAGE), hasher=None)
    evidence = signer.key.public_key.format(compressed=False)[1:] + signature
    assert not verifier.verify(signer.account, MESSAGE, evidence)


@pytest.mark.parametrize("account", [bytes(32), b"modl" + bytes(28), b"para" + bytes(28), b"sibl" + bytes(28)])
def test_verify_refuses_keyless_accounts(verifier, signer, account):
    assert not verifier.verify(account, MESSAGE, signer.evidence(MESSAGE))
