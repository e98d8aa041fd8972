# SPDX-License-Identifier: Apache-2.0
"""Accounts no key controls, found by curve arithmetic of the test's own; balances; the multisig's address."""

from __future__ import annotations

import struct

import pytest
import sr25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.accounts import (
    SMALL_ORDER_ENCODINGS,
    AccountClass,
    AccountInfo,
    AccountInfoError,
    classify_account,
)

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def recover_x(y: int) -> int | None:
    """A root of x² = (y² - 1) / (d y² + 1), or None."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    for candidate in (x, x * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == square:
            return candidate
    return None


def add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = left, right
    cross = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + cross, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - cross, -1, P) % P,
    )


def has_small_order(encoding: bytes) -> bool:
    """Decodes leniently (y taken mod p, either sign) and doubles three times."""
    y = (int.from_bytes(encoding, "little") & (2**255 - 1)) % P
    x = recover_x(y)
    if x is None:
        return False
    point = (x, y)
    for _ in range(3):
        point = add(point, point)
    return point == (0, 1)


def torsion_y() -> set[int]:
    """y of all eight torsion points: multiples of one of order 8, which is L times some point."""
    order = 2**252 + 27742317777372353535851937790883648493
    for y in range(2, 50):
        x = recover_x(y)
        if x is None:
            continue
        point, base, scalar = (0, 1), (x, y), order
        while scalar:
            if scalar & 1:
                point = add(point, base)
            base, scalar = add(base, base), scalar >> 1
        multiples, at = [], point
        for _ in range(8):
            multiples.append(at)
            at = add(at, point)
        if len(set(multiples)) == 8:
            return {y for _, y in multiples}
    raise AssertionError("no point of order 8 found")


def test_small_order_encodings_are_all_of_them() -> None:
    every = {
        (sign << 255 | form).to_bytes(32, "little")
        for y in torsion_y()
        for form in (y, y + P)
        if form < 2**255
        for sign in (0, 1)
    }
    assert every == SMALL_ORDER_ENCODINGS
    assert all(has_small_order(encoding) for encoding in every)
    expected = {AccountClass.SMALL_ORDER, AccountClass.ZERO}
    assert {classify_account(encoding) for encoding in every} == expected
    assert classify_account(bytes(32)) is AccountClass.ZERO


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_accounts_of_real_keys_are_signing(seed: bytes) -> None:
    ed25519 = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert not has_small_order(ed25519)
    for account in (ed25519, bytes(sr25519.pair_from_seed(seed)[0])):
        assert classify_account(account) is AccountClass.SIGNING


@pytest.mark.parametrize("prefix", ["modl", "para", "sibl", "wpha/", "basepool", "bp/", "so/", "sl/", "spm/"])
@given(rest=st.binary(min_size=32, max_size=32))
@settings(max_examples=10)
def test_derived_accounts_are_keyless_with_their_reason(prefix: str, rest: bytes) -> None:
    text = prefix.encode()
    assert classify_account((text + rest)[:32]) == "keyless-" + prefix.rstrip("/")
    near = (text[:-1] + bytes((text[-1] ^ 0x80,)) + rest)[:32]
    assert classify_account(near) is AccountClass.SIGNING


@given(
    st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4),
    st.lists(st.integers(0, 2**64 - 1), min_size=4),
)
def test_account_info_follows_the_layout(counts: list[int], low: list[int]) -> None:
    amounts = [value << 33 for value in low[:4]]
    packed = struct.pack("<4I", *counts)
    packed += b"".join(struct.pack("<QQ", amount & (2**64 - 1), amount >> 64) for amount in amounts)
    info = AccountInfo.decode(packed)
    assert [*info] == [*counts, *amounts]
    assert info.encode() == packed
    for wrong in (packed[:-1], packed + b"\0", b""):
        with pytest.raises(AccountInfoError):
            AccountInfo.decode(wrong)
