# SPDX-License-Identifier: Apache-2.0
"""sr25519 on chain against schnorrkel itself (py-sr25519-bindings), with good, forged and hostile evidence."""

from __future__ import annotations

import pytest
import sr25519

from pha.cryptography.curve25519 import SCALAR_BOUND, SignatureFormatError, short_multiplier
from pha.cryptography.sr25519 import challenge_scalar, decoding_hint, encode_evidence

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
MARKER = 1 << 255


def new_pair(rng):
    return sr25519.pair_from_seed(rng.randbytes(32))


def hints_for(account: bytes, message: bytes, signature: bytes) -> bytes:
    """The best hints an attacker has for any bytes whatever; never fails."""

    def hint(encoded):
        try:
            return decoding_hint(encoded)
        except SignatureFormatError:
            return 1

    sigma = short_multiplier(challenge_scalar(account, signature[:32], message))
    return sigma.to_bytes(16, "big") + b"".join(hint(e).to_bytes(32, "big") for e in (account, signature[:32]))


def library_accepts(account: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return sr25519.verify(signature, message, account)
    except Exception:
        return False


def forgeries(rng, pair, message, signature):
    """(account, message, signature) that do not verify, each of another kind."""
    account = pair[0]
    s = int.from_bytes(signature[32:], "little")
    flipped = bytearray(signature)
    flipped[rng.randrange(64)] ^= 1 << rng.randrange(8)
    other_key = bytearray(account)
    other_key[rng.randrange(32)] ^= 1 << rng.randrange(8)
    yield account, message + b"\0", signature
    yield account, message[1:] if message else b"x", signature
    yield new_pair(rng)[0], message, signature
    yield bytes(other_key), message, signature
    yield account, message, bytes(flipped)
    yield account, message, new_pair(rng)[0] + signature[32:]
    yield account, message, signature[:32] + (rng.randrange(L) | MARKER).to_bytes(32, "little")
    yield account, message, signature[:32] + ((L - (s ^ MARKER)) | MARKER).to_bytes(32, "little")
    yield account, message, signature[:32] + (s ^ MARKER).to_bytes(32, "little")
    yield account, message, signature[:32] + ((s ^ MARKER) + L | MARKER).to_bytes(32, "little")
    yield account, message, bytes(32) + signature[32:]
    yield account, message, account + signature[32:]


def hostile_hints(rng, account, message, signature, good: bytes):
    """64 + 80 bytes: a signature with hints that are not those made for it."""
    sigma, key_hint, r_hint = good[:16], good[16:48], good[48:]
    number = int.from_bytes(sigma, "big")
    for other in (0, 1, number + 1, SCALAR_BOUND - 1, SCALAR_BOUND, 2**128 - 1, rng.getrandbits(128)):
        yield other.to_bytes(16, "big") + key_hint + r_hint
    yield sigma + r_hint + key_hint
    yield sigma + bytes(64)
    for hint in (0, 1, P, P - 1, 2**256 - 1, rng.getrandbits(256)):
        yield sigma + hint.to_bytes(32, "big") + r_hint
        yield sigma + key_hint + hint.to_bytes(32, "big")
    i = pow(2, (P - 1) // 4, P)
    yield sigma + (int.from_bytes(key_hint, "big") * i % P).to_bytes(32, "big") + r_hint


# ------------------------------------------------------------------------------------------------------------ good


@pytest.mark.parametrize("length", [0, 1, 35, 79, 118, 119, 120, 121, 125, 165, 166, 167, 285, 286, 287, 300, 1000])
def test_verify_is_true_when_schnorrkel_signed(sr25519_verifier, rng, length):
    pair, message = new_pair(rng), rng.randbytes(length)
    signature = sr25519.sign(pair, message)
    assert sr25519_verifier.verify(pair[0], message, encode_evidence(pair[0], message, signature))


def test_verify_is_true_when_signature_is_polkadots_published_one(sr25519_verifier):
    """A signature by polkadot-js, as published in the tests of @polkadot/wasm-crypto and py-sr25519-bindings."""
    account = bytes.fromhex("46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a")
    message = b"this is a message"
    signature = bytes.fromhex(
        "4e172314444b8f820bb54c22e95076f220ed25373e5c178234aa6c211d29271244b947e3ff3418ff6b45fd1df1140c8cbff69fc58ee6dc96df70936a2bb74b82"
    )
    assert library_accepts(account, message, signature)
    assert sr25519_verifier.verify(account, message, encode_evidence(account, message, signature))


def test_verify_is_true_when_hint_roots_are_negated(sr25519_verifier, rng):
    pair, message = new_pair(rng), b"either root decodes the same point"
    evidence = encode_evidence(pair[0], message, sr25519.sign(pair, message))
    negated = b"".join((P - int.from_bytes(evidence[i : i + 32], "big")).to_bytes(32, "big") for i in (80, 112))
    assert sr25519_verifier.verify(pair[0], message, evidence[:80] + negated)


def test_verify_is_true_when_message_is_wrapped_by_a_wallet(sr25519_verifier, rng):
    pair, message = new_pair(rng), b"<Bytes>PHA to 0x" + b"ab" * 20 + b" by 0x" + b"cd" * 20 + b" on 10</Bytes>"
    evidence = encode_evidence(pair[0], message, sr25519.sign(pair, message))
    assert sr25519_verifier.verify(pair[0], message, evidence)
    assert not sr25519_verifier.verify(pair[0], message[7:-8], evidence)


# ---------------------------------------------------------------------------------------------------------- forged


def test_verify_is_false_when_signature_is_forged_and_hints_recomputed(sr25519_verifier, rng, some):
    pair, message = new_pair(rng), rng.randbytes(60)
    signature = sr25519.sign(pair, message)
    for account, text, forged in some(forgeries(rng, pair, message, signature), 12):
        assert not library_accepts(account, text, forged)
        assert not sr25519_verifier.verify(account, text, forged + hints_for(account, text, forged))


def test_verify_is_false_when_any_bit_of_account_or_signature_is_flipped(sr25519_verifier, rng, some):
    pair, message = new_pair(rng), b"one bit"
    signature = sr25519.sign(pair, message)
    for bit in some(range(0, 96 * 8, 11), 6):
        data = bytearray(pair[0] + signature)
        data[bit // 8] ^= 1 << bit % 8
        account, flipped = bytes(data[:32]), bytes(data[32:])
        assert not sr25519_verifier.verify(account, message, flipped + hints_for(account, message, flipped)), bit


def test_verify_is_false_when_account_is_zero_though_schnorrkel_accepts_anyones_signature(sr25519_verifier, rng):
    message = b"<Bytes>anyone can sign for the identity</Bytes>"
    # R = rB and s = r: the secret half of any key pair is such an r.
    encoded_r, secret = new_pair(rng)
    signature = encoded_r + (int.from_bytes(secret[:32], "little") | MARKER).to_bytes(32, "little")
    assert library_accepts(bytes(32), message, signature)
    assert not sr25519_verifier.verify(bytes(32), message, signature + hints_for(bytes(32), message, signature))
    with pytest.raises(SignatureFormatError, match="identity"):
        encode_evidence(bytes(32), message, signature)


@pytest.mark.parametrize("prefix", [b"modl", b"para", b"sibl"])
def test_verify_is_false_when_account_is_named_keyless(sr25519_verifier, rng, prefix):
    account = prefix + rng.randbytes(28)
    assert not sr25519_verifier.verify(account, b"m", bytes(144))


# --------------------------------------------------------------------------------------------------------- hostile


def test_verify_is_false_when_hints_are_hostile(sr25519_verifier, rng, some):
    pair, message = new_pair(rng), rng.randbytes(40)
    signature = sr25519.sign(pair, message)
    good = hints_for(pair[0], message, signature)
    bad_signature = signature[:32] + (rng.randrange(L) | MARKER).to_bytes(32, "little")
    for hints in some(hostile_hints(rng, pair[0], message, signature, good), 8):
        assert not sr25519_verifier.verify(pair[0], message, bad_signature + hints)
        # With the good signature such hints fail as well, save σ = 1 and the like for a challenge that is itself short.
        assert not sr25519_verifier.verify(pair[0], message, signature + hints)


def test_verify_is_false_when_any_hint_bit_is_flipped(sr25519_verifier, rng, some):
    pair, message = new_pair(rng), b"hints"
    evidence = encode_evidence(pair[0], message, sr25519.sign(pair, message))
    for bit in some(range(64 * 8, 144 * 8, 13), 6):
        data = bytearray(evidence)
        data[bit // 8] ^= 1 << bit % 8
        assert not sr25519_verifier.verify(pair[0], message, bytes(data)), bit


def test_verify_is_false_and_does_not_revert_when_evidence_has_another_length(sr25519_verifier, rng):
    pair, message = new_pair(rng), b"length"
    evidence = encode_evidence(pair[0], message, sr25519.sign(pair, message))
    for length in (0, 1, 63, 64, 80, 143):
        assert not sr25519_verifier.verify(pair[0], message, evidence[:length])
    assert not sr25519_verifier.verify(pair[0], message, evidence + b"\0")
    assert not sr25519_verifier.verify(pair[0], message, rng.randbytes(144))
    assert not sr25519_verifier.verify(pair[0], message, b"\xff" * 144)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a, s: (a, s[:63] + bytes([s[63] & 0x7F])), "marker"),
        (lambda a, s: (a, s[:32] + (L | MARKER).to_bytes(32, "little")), "group order"),
        (lambda a, s: (a, b"\x01" + bytes(31) + s[32:]), "canonical"),
        (lambda _, s: (b"\xff" * 32, s), "canonical"),
        (lambda a, s: (a, s[:63]), "64"),
        (lambda a, s: (a[:31], s), "32"),
    ],
    ids=["unmarked", "large scalar", "odd R", "large key", "short signature", "short key"],
)
def test_encode_evidence_raises_when_contract_would_refuse(rng, change, reason):
    pair = new_pair(rng)
    account, signature = change(pair[0], sr25519.sign(pair, b"m"))
    with pytest.raises(SignatureFormatError, match=reason):
        encode_evidence(account, b"m", signature)


def agree(verifier, rng, good: int, hostile: int) -> None:
    """So many random signatures pass; so many forgeries and hostile hints do not."""
    done = 0
    for i in range(max(good, hostile)):
        if i >= good and done >= hostile:
            return
        pair, message = new_pair(rng), rng.randbytes(rng.randrange(301))
        signature = sr25519.sign(pair, message)
        evidence = encode_evidence(pair[0], message, signature)
        if i < good:
            assert verifier.verify(pair[0], message, evidence), (pair[0].hex(), message.hex(), signature.hex())
        cases = [(a, m, s + hints_for(a, m, s)) for a, m, s in forgeries(rng, pair, message, signature)]
        wrong_message = message + b"!"
        cases += [
            (pair[0], wrong_message, signature + hints)
            for hints in hostile_hints(rng, pair[0], message, signature, evidence[64:])
        ]
        for account, text, forged in rng.sample(cases, min(len(cases), -(-hostile // good))):
            assert not verifier.verify(account, text, forged), (account.hex(), text.hex(), forged.hex())
            done += 1


def test_verify_agrees_with_schnorrkel_on_random_cases(sr25519_verifier, rng, chain):
    agree(sr25519_verifier, rng, *((12, 48) if chain.provider.name == "foundry" else (2, 4)))


@pytest.mark.deep
def test_verify_agrees_with_schnorrkel_on_thousands_of_random_cases(sr25519_verifier, rng):
    agree(sr25519_verifier, rng, 2_000, 10_000)
