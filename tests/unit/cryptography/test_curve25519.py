# SPDX-License-Identifier: Apache-2.0
"""Decoding against RFC 9496 and RFC 8032; sums of multiples against affine arithmetic written out here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pha.cryptography import ed25519, sr25519
from pha.cryptography.curve25519 import SCALAR_BOUND, SignatureFormatError, short_multiplier
from tests.reference.deployments import deployment_reverts
from tests.unit.cryptography.affine_edwards import BASE, SMALL_ORDER_POINTS, D, L, P, add, encodings, multiply

ROOT = Path(__file__).resolve().parents[3]
OFFSET = int("8" * 32, 16)

# RFC 9496, appendix A.1: encodings of 0 to 15 times the generator.
SMALL_MULTIPLES = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
    "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
    "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
    "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
    "20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
    "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
    "e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
    "aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
    "46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
    "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
]

# RFC 9496, appendix A.2: encodings that must be refused.
BAD_ENCODINGS = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


# How the RFC divides them.
BAD_BECAUSE = {"not canonical": 4, "negative": 8, "x squared is no square": 8, "x y is negative": 8, "y is zero": 1}


def fault(encoded: bytes) -> str | None:
    """Why RFC 9496, 4.3.1, refuses an encoding, or None. Reckoned with inversions, unlike the RFC's inverse root."""
    s = int.from_bytes(encoded, "little")
    if s >= P:
        return "not canonical"
    if s & 1:
        return "negative"
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    x_squared = 4 * s * s * pow(-D * u1 * u1 - u2 * u2, -1, P) % P
    root = pow(x_squared, (P + 3) // 8, P)
    root = next((x for x in (root, root * pow(2, (P - 1) // 4, P) % P) if x * x % P == x_squared), None)
    if root is None:
        return "x squared is no square"
    x, y = min(root, P - root, key=lambda v: v & 1), u1 * pow(u2, -1, P) % P
    if y == 0:
        return "y is zero"
    return "x y is negative" if x * y % P & 1 else None


def affine(projective):
    x, y, z = projective
    assert z % P
    return x * pow(z, -1, P) % P, y * pow(z, -1, P) % P


# ------------------------------------------------------------------------------------------------------- ristretto255


def test_decode_ristretto_gives_multiples_when_encoding_is_from_the_rfc(curve, some):
    four_torsion = SMALL_ORDER_POINTS[::2]
    for n, text in some(enumerate(SMALL_MULTIPLES), 5):
        encoded = bytes.fromhex(text)
        valid, x, y = curve.decodeRistretto(encoded, sr25519.decoding_hint(encoded))
        # Any representative of the coset n B + E[4] is right.
        assert valid
        assert (x, y) in [add(multiply(n, BASE), t) for t in four_torsion]


def test_decode_ristretto_gives_the_same_point_when_hint_is_negated(curve):
    encoded = bytes.fromhex(SMALL_MULTIPLES[5])
    hint = sr25519.decoding_hint(encoded)
    assert curve.decodeRistretto(encoded, P - hint) == curve.decodeRistretto(encoded, hint)


@pytest.mark.parametrize("encoded", map(bytes.fromhex, BAD_ENCODINGS), ids=[text[:16] for text in BAD_ENCODINGS])
def test_decode_ristretto_refuses_when_encoding_is_bad_in_the_rfc(curve, encoded):
    with pytest.raises(SignatureFormatError):
        sr25519.decoding_hint(encoded)
    # Hints an attacker may try: zero, one, and a root of the negated or the i-fold value.
    s = int.from_bytes(encoded, "little") % P
    u1, u2 = 1 - s * s, 1 + s * s
    value = (-D * u1 * u1 - u2 * u2) * u2 * u2 % P
    root = pow(value, 3, P) * pow(pow(value, 7, P), (P - 5) // 8, P) % P
    i = pow(2, (P - 1) // 4, P)
    for hint in (0, 1, P, root, root * i % P, P - root, 2**256 - 1):
        assert not curve.decodeRistretto(encoded, hint)[0]


def test_encodings_of_the_rfc_are_bad_for_the_rfcs_reasons():
    assert Counter(fault(bytes.fromhex(text)) for text in BAD_ENCODINGS) == BAD_BECAUSE
    assert {fault(bytes.fromhex(text)) for text in SMALL_MULTIPLES} == {None}


def test_decode_ristretto_is_valid_exactly_where_the_rfc_says_so_on_random_encodings(curve, rng, some):
    faults = Counter()
    for _ in some(range(200), 10):
        # even, so that more than half do not fail at once
        encoded = (rng.getrandbits(254) * 2).to_bytes(32, "little")
        expected = fault(encoded)
        faults[expected] += 1
        try:
            hint = sr25519.decoding_hint(encoded)
        except SignatureFormatError:
            assert expected is not None
            assert not curve.decodeRistretto(encoded, rng.getrandbits(255))[0]
        else:
            assert expected is None
            assert curve.decodeRistretto(encoded, hint)[0]
    assert len(faults) >= 2


def test_decode_ristretto_refuses_when_hint_is_wrong(curve, rng):
    encoded = bytes.fromhex(SMALL_MULTIPLES[3])
    hint = sr25519.decoding_hint(encoded)
    i = pow(2, (P - 1) // 4, P)
    for wrong in (0, 1, hint + 1, hint * i % P, rng.getrandbits(256)):
        assert not curve.decodeRistretto(encoded, wrong)[0]


# ----------------------------------------------------------------------------------------------------------- Edwards


def test_decode_edwards_gives_the_point_when_encoding_is_canonical(curve, rng, some):
    for _ in some(range(20), 3):
        x, y = multiply(rng.randrange(1, L), BASE)
        encoded = (y | (x & 1) << 255).to_bytes(32, "little")
        assert curve.decodeEdwards(encoded, x) == (True, x, y)
        assert ed25519.recover_x(encoded) == x
        for wrong in (P - x, x + P, (x + 2) % P, 0):
            assert not curve.decodeEdwards(encoded, wrong)[0]


def test_decode_edwards_refuses_when_y_is_not_canonical_or_zero_is_signed(curve):
    for point in SMALL_ORDER_POINTS:
        canonical, *others = encodings(point)
        assert curve.decodeEdwards(canonical, point[0]) == (True, *point)
        for other in others:
            for x in (0, point[0], P - point[0], P):
                assert not curve.decodeEdwards(other, x)[0]


def test_is_small_order_knows_every_encoding_of_the_eight_points(curve):
    every = {text for point in SMALL_ORDER_POINTS for text in encodings(point)}
    assert len(set(SMALL_ORDER_POINTS)) == 8
    assert len(every) == 14  # ed25519's literature counts as many
    for encoded in every:
        assert curve.isSmallOrder(encoded)
        assert ed25519.is_small_order(encoded)


def test_is_small_order_is_false_when_key_is_ordinary_or_of_mixed_order(curve, rng):
    point = multiply(rng.randrange(1, L), BASE)
    for other in (point, add(point, SMALL_ORDER_POINTS[1])):
        encoded = encodings(other)[0]
        assert not curve.isSmallOrder(encoded)
        assert not ed25519.is_small_order(encoded)


# ------------------------------------------------------------------------------------------------- sums of multiples


def test_combine_equals_affine_arithmetic_when_scalars_are_random_or_extreme(curve, rng, some):
    top = SCALAR_BOUND - 1
    edge = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (top, top, L - 1), (8, 16, 255), (7, 9, 256), (0, 0, 2**128)]
    cases = edge + [(rng.randrange(top), rng.randrange(top), rng.randrange(L)) for _ in range(20)]
    for a, r, b in some(cases, 4):
        first, second = multiply(rng.randrange(L), BASE), multiply(rng.randrange(L), BASE)
        result = curve.combine(first, second, a + OFFSET, r + OFFSET, 2**256 - 1 - b)
        expected = add(add(multiply(a, first), multiply(r, second)), multiply(b, BASE))
        assert affine(result) == expected


def test_combine_is_complete_when_points_coincide_or_are_torsion(curve, rng, some):
    pairs = [(BASE, BASE), (BASE, (P - BASE[0], BASE[1])), ((0, 1), (0, 1)), ((0, P - 1), BASE)]
    pairs += [(t, u) for t in SMALL_ORDER_POINTS[:4] for u in SMALL_ORDER_POINTS[4:]]
    for first, second in some(pairs, 4):
        for a, r, b in ((1, 1, 0), (5, 3, L - 8), (16, 16, 32)):
            result = curve.combine(first, second, a + OFFSET, r + OFFSET, 2**256 - 1 - b)
            assert affine(result) == add(add(multiply(a, first), multiply(r, second)), multiply(b, BASE))


def test_clear_cofactor_multiplies_by_eight(curve, rng):
    for point in (multiply(rng.randrange(L), BASE), *SMALL_ORDER_POINTS):
        assert affine(curve.clearCofactor(*point)) == multiply(8, point)


# ------------------------------------------------------------------------------------------------ half-size scalars


def test_short_multiplier_always_fits_when_challenge_is_random_or_extreme(rng):
    challenges = [0, 1, 2, L - 1, L // 2, 2**126, 2**127, 2**128] + [rng.randrange(L) for _ in range(3000)]
    for k in challenges:
        sigma = short_multiplier(k)
        rho = min(sigma * k % L, -sigma * k % L)
        assert 0 < sigma < SCALAR_BOUND
        assert rho < SCALAR_BOUND


def test_split_writes_digits_when_multiplier_is_good(curve, rng, some):
    for _ in some(range(30), 4):
        k, s = rng.randrange(L), rng.randrange(L)
        sigma = short_multiplier(k)
        valid, negative, a, r, b = curve.split(sigma, k, s)
        rho = (L - 1) * sigma * k % L if negative else sigma * k % L
        assert valid
        assert (a, r, b) == (rho + OFFSET, sigma + OFFSET, 2**256 - 1 - sigma * s % L)
        assert rho < SCALAR_BOUND


def test_split_refuses_when_multiplier_is_zero_or_large_or_leaves_rho_large(curve):
    k = L // 3
    assert curve.split(short_multiplier(k), k, 1)[0]
    for sigma in (0, L, 2 * L, SCALAR_BOUND, 2**128 - 1, 2**256 - 1):
        assert not curve.split(sigma, k, 1)[0]
    assert not curve.split(2, k, 1)[0]  # rho = 2k is large on both sides
    assert curve.split(SCALAR_BOUND - 1, 1, 1)[0]
    assert curve.split(1, SCALAR_BOUND - 1, 1)[0]
    assert not curve.split(1, SCALAR_BOUND, 1)[0]
    assert curve.split(1, L - SCALAR_BOUND + 1, 1)[:2] == (True, True)
    assert not curve.split(1, L - SCALAR_BOUND, 1)[0]


# ------------------------------------------------------------------------------------------------ tables, generator


def test_base_tables_hold_the_multiples_counted_down(base_tables, chain):
    for shift, table in zip((0, 128), base_tables, strict=True):
        code = bytes(chain.provider.get_code(table.address))
        step, point = multiply(2**shift, BASE), (0, 1)
        assert len(code) < 24_576
        assert code[0] == 0
        for n in range(256):
            x, y = point
            entry = (code + bytes(32))[1 + 96 * (255 - n) :][:96]
            assert entry == b"".join(v.to_bytes(32, "big") for v in ((y + x) % P, (y - x) % P, 2 * D * x * y % P))
            point = add(point, step)


def test_base_table_costs_less_than_a_transaction_may(base_tables, chain):
    for table in base_tables:
        assert chain.provider.get_receipt(table.creation_metadata.txn_hash).gas_used < 16_777_216


def test_constructor_reverts_when_a_table_is_not_the_right_one(project, deployer, base_tables, stranger):
    low, high = base_tables
    for wrong in ((high, low), (low, low), (low, stranger), (stranger, high)):
        with deployment_reverts(project.Sr25519AccountVerifier, "WrongBaseTable"):
            deployer.deploy(project.Sr25519AccountVerifier, *wrong)
        with deployment_reverts(project.Ed25519AccountVerifier, "WrongBaseTable"):
            deployer.deploy(project.Ed25519AccountVerifier, *wrong)
