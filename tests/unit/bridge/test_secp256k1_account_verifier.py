# SPDX-License-Identifier: Apache-2.0
"""Secp256k1AccountVerifier: Substrate's ECDSA accounts, and evidence that is bent."""

from __future__ import annotations

import random

import pytest
from coincurve import PublicKey

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


def library_accepts(account: bytes, message: bytes, evidence: bytes) -> bool:
    """Judged by libsecp256k1: the key stands for the account, and signed the message.

    The library takes low s only, so the high form is brought down first.
    """
    r, s, v = (int.from_bytes(part, "big") for part in (evidence[64:96], evidence[96:128], evidence[128:]))
    if v not in (0, 1, 27, 28):
        return False
    v %= 27
    if ORDER // 2 < s < ORDER:
        s, v = ORDER - s, 1 - v
    try:
        key = PublicKey(b"\x04" + evidence[:64])
        signature = word(r) + word(s) + bytes([v])
        signer = PublicKey.from_signature_and_message(signature, blake2b(message), hasher=None)
    except Exception:  # coincurve raises no narrower type
        return False
    return signer == key and blake2b(key.format(compressed=True)) == account


def forgeries(rng: random.Random, holder: Holder, message: bytes):
    """(account, message, evidence) that do not verify, each of another kind."""
    evidence, stranger = holder.evidence(message), Holder(rng.randrange(1, ORDER))
    key, r, s, v = evidence[:64], evidence[64:96], evidence[96:128], evidence[128:]
    y = int.from_bytes(key[32:], "big")
    prime = 2**256 - 2**32 - 977
    flipped = bytearray(evidence)
    flipped[rng.randrange(128)] ^= 1 << rng.randrange(8)
    other_account = bytearray(holder.account)
    other_account[rng.randrange(32)] ^= 1 << rng.randrange(8)
    yield holder.account, message + b"\0", evidence
    yield holder.account, message[1:] if message else b"x", evidence
    yield stranger.account, message, evidence
    yield bytes(other_account), message, evidence
    yield holder.account, message, bytes(flipped)
    yield holder.account, message, stranger.evidence(message)
    yield holder.account, message, key + stranger.evidence(message)[64:]
    yield stranger.account, message, stranger.evidence(message)[:64] + r + s + v
    yield holder.account, message, key + r + s + bytes([v[0] ^ 1])
    yield holder.account, message, key + r + s + bytes([rng.choice([2, 3, 26, 29, rng.randrange(30, 256)])])
    yield holder.account, message, key + r + word(ORDER - int.from_bytes(s, "big")) + v
    yield holder.account, message, key + r + word(int.from_bytes(s, "big") ^ 1) + v
    yield holder.account, message, key + s + r + v
    yield holder.account, message, key + word(rng.randrange(1, ORDER)) + s + v
    yield holder.account, message, key + r + word(rng.randrange(1, ORDER)) + v
    # the same x and parity of y, so the same account, but no point of the curve, or the point's other name
    yield holder.account, message, key[:32] + word((y + 2 * rng.randrange(1, 2**200)) % 2**256) + r + s + v
    yield holder.account, message, key[:32] + word(prime - y) + r + s + v
    yield holder.account, message, key[32:] + key[:32] + r + s + v


def agree(verifier, rng: random.Random, good: int, hostile: int) -> None:
    """So many random signatures pass, in all four forms; so many forgeries do not."""
    done = 0
    for turn in range(good):
        holder, message = Holder(rng.randrange(1, ORDER)), rng.randbytes(rng.randrange(301))
        evidence = holder.evidence(message, v_offset=27 * (turn & 1), high_s=bool(turn & 2))
        assert library_accepts(holder.account, message, evidence)
        assert verifier.verify(holder.account, message, evidence), (message.hex(), evidence.hex())
        for account, text, forged in rng.sample(list(forgeries(rng, holder, message)), -(-hostile // good)):
            assert not library_accepts(account, text, forged)
            assert not verifier.verify(account, text, forged), (account.hex(), text.hex(), forged.hex())
            done += 1
    assert done >= hostile


def test_verify_agrees_with_libsecp256k1_on_random_cases(verifier):
    agree(verifier, random.Random(2), 12, 12 * 18)


@pytest.mark.deep
def test_verify_agrees_with_libsecp256k1_on_thousands_of_random_cases(verifier):
    agree(verifier, random.Random(3), 2_000, 10_000)
