# SPDX-License-Identifier: Apache-2.0
"""ed25519 on chain against RFC 8032's vectors, the authors' vectors and OpenSSL, with forged and hostile evidence."""

from __future__ import annotations

import hashlib
from importlib import resources

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pha.cryptography.curve25519 import SCALAR_BOUND, SignatureFormatError, short_multiplier
from pha.cryptography.ed25519 import challenge_scalar, encode_evidence, recover_x
from tests.unit.cryptography.affine_edwards import BASE, SMALL_ORDER_POINTS, L, P, add, encodings, multiply

# RFC 8032, 7.1: secret key, public key, message, signature (TEST 1024's message follows from its file).
RFC_8032 = {
    "TEST 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "TEST SHA(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}


def new_key(rng):
    return Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))


def public(key) -> bytes:
    return key.public_key().public_bytes_raw()


def encode(point) -> bytes:
    return encodings(point)[0]


def sign_with(scalar: int, account: bytes, nonce: int, point_r, message: bytes) -> bytes:
    """A signature from the bare equation: s = r + k a."""
    encoded_r = encode(point_r)
    s = (nonce + challenge_scalar(account, encoded_r, message) * scalar) % L
    return encoded_r + s.to_bytes(32, "little")


def hints_for(account: bytes, message: bytes, signature: bytes) -> bytes:
    """The best hints an attacker has for any bytes whatever; never fails."""

    def hint(encoded):
        try:
            return recover_x(encoded)
        except SignatureFormatError:
            lax = (int.from_bytes(encoded, "little") & 2**255 - 1) % P
            try:
                return recover_x(lax.to_bytes(32, "little"))
            except SignatureFormatError:
                return 1

    sigma = short_multiplier(challenge_scalar(account, signature[:32], message))
    return sigma.to_bytes(16, "big") + b"".join(hint(e).to_bytes(32, "big") for e in (account, signature[:32]))


def library_accepts(account: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(account).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def forgeries(rng, account, message, signature):
    """(account, message, signature) that do not verify, each of another kind."""
    s = int.from_bytes(signature[32:], "little")
    flipped = bytearray(signature)
    flipped[rng.randrange(64)] ^= 1 << rng.randrange(8)
    other_key = bytearray(account)
    other_key[rng.randrange(32)] ^= 1 << rng.randrange(8)
    yield account, message + b"\0", signature
    yield account, message[1:] if message else b"x", signature
    yield public(new_key(rng)), message, signature
    yield bytes(other_key), message, signature
    yield account, message, bytes(flipped)
    yield account, message, public(new_key(rng)) + signature[32:]
    yield account, message, signature[:32] + rng.randrange(L).to_bytes(32, "little")
    yield account, message, signature[:32] + (L - s).to_bytes(32, "little")
    yield account, message, signature[:32] + (s + L).to_bytes(32, "little")
    yield account, message, signature[:31] + bytes([signature[31] ^ 0x80]) + signature[32:]
    yield account, message, b"\x01" + bytes(31) + signature[32:]
    yield account, message, account + signature[32:]


def hostile_hints(rng, good: bytes):
    sigma, key_x, r_x = good[:16], good[16:48], good[48:]
    number = int.from_bytes(sigma, "big")
    for other in (0, 1, number + 1, SCALAR_BOUND - 1, SCALAR_BOUND, 2**128 - 1, rng.getrandbits(128)):
        yield other.to_bytes(16, "big") + key_x + r_x
    yield sigma + r_x + key_x
    yield sigma + bytes(64)
    for x in (0, 1, P, P - 1, 2**256 - 1, rng.getrandbits(256)):
        yield sigma + x.to_bytes(32, "big") + r_x
        yield sigma + key_x + x.to_bytes(32, "big")
    yield sigma + (P - int.from_bytes(key_x, "big")).to_bytes(32, "big") + r_x
    yield sigma + key_x + (P - int.from_bytes(r_x, "big")).to_bytes(32, "big")


# ------------------------------------------------------------------------------------------------------------ good


@pytest.mark.parametrize("name", RFC_8032)
def test_verify_is_true_when_signature_is_of_rfc_8032(ed25519_verifier, name):
    secret, account, message, signature = (bytes.fromhex(text) for text in RFC_8032[name])
    key = Ed25519PrivateKey.from_private_bytes(secret)
    assert (public(key), key.sign(message)) == (account, signature)
    assert ed25519_verifier.verify(account, message, encode_evidence(account, message, signature))


def authors_vectors():
    vectors = pytest.importorskip("cryptography_vectors", reason="the authors' vectors come with cryptography_vectors")
    text = (resources.files(vectors) / "asymmetric" / "Ed25519" / "sign.input").read_text()
    for line in text.splitlines():
        _, account, message, signed = line.split(":")[:4]
        yield bytes.fromhex(account), bytes.fromhex(message), bytes.fromhex(signed)[:64]


def test_verify_is_true_when_signature_is_of_the_authors(ed25519_verifier, some):
    """sign.input of the reference implementation; its last line is RFC 8032's TEST 1024."""
    cases = list(authors_vectors())
    assert len(cases) == 1024
    assert len(cases[-1][1]) == 1023
    for account, message, signature in some([*cases[::64], cases[-1]], 2):
        assert ed25519_verifier.verify(account, message, encode_evidence(account, message, signature))


@pytest.mark.deep
def test_verify_is_true_for_every_signature_of_the_authors(ed25519_verifier):
    for account, message, signature in authors_vectors():
        assert ed25519_verifier.verify(account, message, encode_evidence(account, message, signature))


@pytest.mark.parametrize("length", [0, 1, 35, 46, 47, 48, 63, 64, 79, 125, 174, 175, 176, 300])
def test_verify_is_true_when_openssl_signed(ed25519_verifier, rng, length):
    key, message = new_key(rng), rng.randbytes(length)
    evidence = encode_evidence(public(key), message, key.sign(message))
    assert ed25519_verifier.verify(public(key), message, evidence)


def test_verify_is_true_when_key_or_r_has_a_torsion_part(ed25519_verifier, rng):
    """The cofactored equation, as ZIP 215 and RFC 8032 have it: only the key's owner can make such signatures."""
    a, r, message = rng.randrange(1, L), rng.randrange(1, L), b"cofactor"
    for torsion in SMALL_ORDER_POINTS[1::3]:
        account, point_r = encode(add(multiply(a, BASE), torsion)), multiply(r, BASE)
        signature = sign_with(a, account, r, point_r, message)
        assert ed25519_verifier.verify(account, message, encode_evidence(account, message, signature))
        account = encode(multiply(a, BASE))
        signature = sign_with(a, account, r, add(point_r, torsion), message)
        assert ed25519_verifier.verify(account, message, encode_evidence(account, message, signature))
        wrong = sign_with(a + 1, account, r, add(point_r, torsion), message)
        assert not ed25519_verifier.verify(account, message, encode_evidence(account, message, wrong))


# ---------------------------------------------------------------------------------------------------------- forged


def test_verify_is_false_when_signature_is_forged_and_hints_recomputed(ed25519_verifier, rng, some):
    key, message = new_key(rng), rng.randbytes(60)
    for account, text, forged in some(forgeries(rng, public(key), message, key.sign(message)), 12):
        assert not library_accepts(account, text, forged)
        assert not ed25519_verifier.verify(account, text, forged + hints_for(account, text, forged))


def test_verify_is_false_when_any_bit_of_account_or_signature_is_flipped(ed25519_verifier, rng, some):
    key, message = new_key(rng), b"one bit"
    for bit in some(range(0, 96 * 8, 11), 6):
        data = bytearray(public(key) + key.sign(message))
        data[bit // 8] ^= 1 << bit % 8
        account, flipped = bytes(data[:32]), bytes(data[32:])
        assert not ed25519_verifier.verify(account, message, flipped + hints_for(account, message, flipped)), bit


SMALL_ORDER_ENCODINGS = sorted({text for point in SMALL_ORDER_POINTS for text in encodings(point)})


@pytest.mark.parametrize("account", SMALL_ORDER_ENCODINGS, ids=[text.hex() for text in SMALL_ORDER_ENCODINGS])
def test_verify_is_false_when_key_has_small_order_though_the_equation_holds(ed25519_verifier, rng, account):
    r, message = rng.randrange(1, L), b"anyone can sign for a key of small order"
    encoded_r = encode(multiply(r, BASE))
    signature = encoded_r + r.to_bytes(32, "little")
    # 8 s B = 8 R + 8 k A holds, A being torsion.
    assert multiply(8 * r, BASE) == multiply(8, (recover_x(encoded_r), int.from_bytes(encoded_r, "little") % 2**255))
    assert not ed25519_verifier.verify(account, message, signature + hints_for(account, message, signature))
    with pytest.raises(SignatureFormatError, match="small order"):
        encode_evidence(account, message, signature)


def test_verify_is_false_when_r_is_not_canonical(ed25519_verifier, rng):
    """ZIP 215 takes such R; here they are refused, which no honest signer notices."""
    a, message = rng.randrange(1, L), b"R"
    account = encode(multiply(a, BASE))
    for point in SMALL_ORDER_POINTS:
        canonical, *others = encodings(point)
        for encoded_r in (canonical, *others):
            s = challenge_scalar(account, encoded_r, message) * a % L
            signature = encoded_r + s.to_bytes(32, "little")
            evidence = signature + hints_for(account, message, signature)
            assert ed25519_verifier.verify(account, message, evidence) == (encoded_r == canonical)


@pytest.mark.parametrize("prefix", [b"modl", b"para", b"sibl"])
def test_verify_is_false_when_account_is_named_keyless(ed25519_verifier, rng, prefix):
    assert not ed25519_verifier.verify(prefix + rng.randbytes(28), b"m", bytes(144))


# --------------------------------------------------------------------------------------------------------- hostile


def test_verify_is_false_when_hints_are_hostile(ed25519_verifier, rng, some):
    key, message = new_key(rng), rng.randbytes(40)
    signature = key.sign(message)
    bad_signature = signature[:32] + rng.randrange(L).to_bytes(32, "little")
    for hints in some(hostile_hints(rng, hints_for(public(key), message, signature)), 8):
        assert not ed25519_verifier.verify(public(key), message, bad_signature + hints)
        assert not ed25519_verifier.verify(public(key), message, signature + hints)


def test_verify_is_false_when_any_hint_bit_is_flipped(ed25519_verifier, rng, some):
    key, message = new_key(rng), b"hints"
    evidence = encode_evidence(public(key), message, key.sign(message))
    for bit in some(range(64 * 8, 144 * 8, 13), 6):
        data = bytearray(evidence)
        data[bit // 8] ^= 1 << bit % 8
        assert not ed25519_verifier.verify(public(key), message, bytes(data)), bit


def test_verify_is_false_and_does_not_revert_when_evidence_has_another_length(ed25519_verifier, rng):
    key, message = new_key(rng), b"length"
    evidence = encode_evidence(public(key), message, key.sign(message))
    for length in (0, 1, 63, 64, 80, 143):
        assert not ed25519_verifier.verify(public(key), message, evidence[:length])
    assert not ed25519_verifier.verify(public(key), message, evidence + b"\0")
    assert not ed25519_verifier.verify(public(key), message, rng.randbytes(144))
    assert not ed25519_verifier.verify(public(key), message, b"\xff" * 144)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a, s: (a, s[:32] + L.to_bytes(32, "little")), "group order"),
        (lambda a, s: (a, (P + 3).to_bytes(32, "little") + s[32:]), "canonical"),
        (lambda a, s: (a, (2).to_bytes(32, "little") + s[32:]), "no point"),
        (lambda a, s: (a, (1 | 1 << 255).to_bytes(32, "little") + s[32:]), "odd form"),
        (lambda a, s: (a, s[:63]), "64"),
        (lambda a, s: (a[:31], s), "32"),
    ],
    ids=["large scalar", "large R", "R off the curve", "signed zero", "short signature", "short key"],
)
def test_encode_evidence_raises_when_contract_would_refuse(rng, change, reason):
    key = new_key(rng)
    account, signature = change(public(key), key.sign(b"m"))
    with pytest.raises(SignatureFormatError, match=reason):
        encode_evidence(account, b"m", signature)


def agree(verifier, rng, good: int, hostile: int) -> None:
    """So many random signatures pass; so many forgeries and hostile hints do not."""
    done = 0
    for i in range(max(good, hostile)):
        if i >= good and done >= hostile:
            return
        key, message = new_key(rng), rng.randbytes(rng.randrange(301))
        account, signature = public(key), key.sign(message)
        evidence = encode_evidence(account, message, signature)
        if i < good:
            assert verifier.verify(account, message, evidence), (account.hex(), message.hex(), signature.hex())
        cases = [(a, m, s + hints_for(a, m, s)) for a, m, s in forgeries(rng, account, message, signature)]
        cases += [(account, message + b"!", signature + hints) for hints in hostile_hints(rng, evidence[64:])]
        for other, text, forged in rng.sample(cases, min(len(cases), -(-hostile // good))):
            assert not verifier.verify(other, text, forged), (other.hex(), text.hex(), forged.hex())
            done += 1


def test_verify_agrees_with_openssl_on_random_cases(ed25519_verifier, rng, chain):
    agree(ed25519_verifier, rng, *((12, 48) if chain.provider.name == "foundry" else (2, 4)))


@pytest.mark.deep
def test_verify_agrees_with_openssl_on_thousands_of_random_cases(ed25519_verifier, rng):
    agree(ed25519_verifier, rng, 2_000, 10_000)
