# SPDX-License-Identifier: Apache-2.0
"""SCALE integers, xxHash64 and the storage keys, against independent Python."""

from __future__ import annotations

import random

import pytest
import xxhash

from tests.reference.substrate_state import compact, proxies_key, system_account_key

REFUSED = (1 << 128) - 1


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockStateReader)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 80, 16383, 16384, 1 << 20, (1 << 30) - 1])
def test_compact_length_is_read_when_canonical(reader, length):
    encoded = compact(length)
    assert tuple(reader.compactLength(encoded + b"\xff" * 8)) == (length, len(encoded))


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param((63 << 2 | 1).to_bytes(2, "little"), id="63-in-two-bytes"),
        pytest.param((0 << 2 | 1).to_bytes(2, "little"), id="0-in-two-bytes"),
        pytest.param((16383 << 2 | 2).to_bytes(4, "little"), id="16383-in-four-bytes"),
        pytest.param(b"\x03" + (80).to_bytes(4, "little"), id="big-integer-form"),
        pytest.param(b"\xff" * 32, id="big-integer-form-of-67-bytes"),
    ],
)
def test_compact_length_is_refused_when_not_canonical(reader, encoded):
    assert reader.compactLength(encoded)[0] == REFUSED


def test_little_endian_integers_are_read(reader):
    rng = random.Random(7)
    for _ in range(20):
        raw = rng.randbytes(16)
        want = tuple(int.from_bytes(raw[:n], "little") for n in (4, 8, 16))
        assert tuple(reader.littleEndian(raw + rng.randbytes(20))) == want


def test_twox64_equals_the_xxhash_package(reader):
    rng = random.Random(8)
    inputs = [bytes(32), b"\xff" * 32, bytes(range(32)), *(rng.randbytes(32) for _ in range(40))]
    for raw in inputs:
        assert bytes(reader.twox64(raw)) == xxhash.xxh64(raw, 0).intdigest().to_bytes(8, "little")


def test_storage_keys_equal_those_derived_in_python(reader):
    rng = random.Random(9)
    for _ in range(10):
        account = rng.randbytes(32)
        assert bytes(reader.systemAccountKey(account)) == system_account_key(account)
        assert bytes(reader.proxiesKey(account)) == proxies_key(account)


def test_storage_key_of_a_known_account_matches_polkadot_js(reader):
    # Alice's well-known development account and her System.Account key, as polkadot-js shows it
    alice = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
    key = (
        "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
        "de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    )
    assert bytes(reader.systemAccountKey(alice)).hex() == key
