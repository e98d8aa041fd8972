# SPDX-License-Identifier: Apache-2.0
"""SCALE, SS58, storage keys and headers against published values and the bip-utils package."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from bip_utils import SS58Decoder, SS58Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from pha.bridge.header import Header, HeaderError
from pha.bridge.scale import ScaleError, ScaleReader, encode_bytes, encode_compact, encode_uint
from pha.bridge.ss58 import Ss58Error, decode_ss58, encode_ss58, parse_account
from pha.bridge.state_manifest import SHIPPED, StateManifest, WrongBlockHashError, WrongStateRootError
from pha.bridge.storage_keys import (
    SYSTEM_ACCOUNT,
    TOTAL_ISSUANCE,
    StorageKeyError,
    account_key,
    account_of_key,
    storage_prefix,
    twox64_concat,
)

ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
ALICE_SUBSTRATE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"

# The examples of the SCALE chapter of Substrate's documentation.
COMPACT_VECTORS = [(0, "00"), (1, "04"), (42, "a8"), (69, "1501"), (65535, "feff0300")]
COMPACT_VECTORS += [(100_000_000_000_000, "0b00407a10f35a"), (2**30, "0300000040")]


@pytest.mark.parametrize(("number", "encoded"), COMPACT_VECTORS)
def test_compact_matches_published_vectors(number: int, encoded: str) -> None:
    assert encode_compact(number).hex() == encoded
    reader = ScaleReader(bytes.fromhex(encoded))
    assert reader.compact() == number
    reader.finish()


@given(st.integers(0, 2**536 - 1) | st.integers(0, 2**34))
@settings(max_examples=100)
def test_compact_reads_back(number: int) -> None:
    assert ScaleReader(encode_compact(number)).compact() == number


@pytest.mark.parametrize("encoded", ["", "01", "0100", "02000000", "0300000000", "0b00407a10f3"])
def test_compact_is_refused_when_cut_or_not_shortest(encoded: str) -> None:
    data = bytes.fromhex(encoded)
    with pytest.raises(ScaleError):
        ScaleReader(data).compact()


def test_numbers_are_refused_when_too_large() -> None:
    assert encode_uint(2**32 - 1, 4) == b"\xff" * 4
    for attempt in (
        lambda: encode_uint(2**32, 4),
        lambda: encode_uint(-1, 4),
        lambda: encode_compact(2**536),
    ):
        with pytest.raises(ScaleError):
            attempt()


def test_byte_vector_reads_back_and_leftovers_are_refused() -> None:
    reader = ScaleReader(encode_bytes(b"phala") + b"!")
    assert reader.byte_vector() == b"phala"
    with pytest.raises(ScaleError, match="1 bytes left"):
        reader.finish()


def test_ss58_matches_the_well_known_address() -> None:
    assert encode_ss58(ALICE, 42) == ALICE_SUBSTRATE
    assert decode_ss58(ALICE_SUBSTRATE) == (42, ALICE)
    assert parse_account("0x" + ALICE.hex()) == ALICE


prefixes = st.integers(0, 16383).filter(lambda prefix: prefix not in (46, 47))


@given(st.binary(min_size=32, max_size=32) | st.just(bytes(32)), st.just(30) | prefixes)
@settings(max_examples=150, deadline=None)
def test_ss58_equals_bip_utils(account: bytes, prefix: int) -> None:
    address = encode_ss58(account, prefix)
    assert address == SS58Encoder.Encode(account, prefix)
    assert SS58Decoder.Decode(address) == (prefix, account)
    assert decode_ss58(address) == (prefix, account)


@given(st.integers(0, 47), st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
def test_ss58_is_refused_when_one_symbol_is_mistyped(at: int, symbol: str) -> None:
    wrong = ALICE_SUBSTRATE[:at] + symbol + ALICE_SUBSTRATE[at + 1 :]
    if wrong != ALICE_SUBSTRATE:
        with pytest.raises(Ss58Error):
            decode_ss58(wrong)


@pytest.mark.parametrize("text", ["", "0x12", "0xzz", "O0Il", ALICE_SUBSTRATE[:-1], ALICE_SUBSTRATE + "1", "1" * 48])
def test_account_is_refused_when_malformed(text: str) -> None:
    with pytest.raises(Ss58Error):
        parse_account(text)


@pytest.mark.parametrize("prefix", [-1, 46, 47, 16384])
def test_ss58_prefix_is_refused_when_reserved(prefix: int) -> None:
    with pytest.raises(Ss58Error):
        encode_ss58(ALICE, prefix)


@pytest.mark.parametrize(
    ("pallet", "item", "prefix"),
    [
        ("System", "Account", "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"),
        ("Balances", "TotalIssuance", "c2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"),
        ("PhalaBasePool", "Pools", "00f8eafbad3b4a32114491ad7e1249144c72016d74b63ae83d79b02efdb5528e"),
        ("RmrkCore", "Properties", "5bef2c5471aa9e955551dc810f5abb39a436740684271e6e2985d7bb452fdf99"),
        ("Uniques", "Account", "5e8a19e3cd1b7c148b33880c479c0281b99d880ec681799c0cf30e8886371da9"),
    ],
)
def test_storage_prefix_matches_the_chains(pallet: str, item: str, prefix: str) -> None:
    assert storage_prefix(pallet, item).hex() == prefix


def test_twox64_concat_matches_an_entry_of_a_real_chain() -> None:
    # System.BlockHash(0) in Khala's genesis.
    assert twox64_concat(bytes(4)).hex() == "b4def25cfda6ef3a00000000"


@given(st.binary(min_size=32, max_size=32))
def test_account_key_carries_its_account(account: bytes) -> None:
    key = account_key(account)
    assert key == SYSTEM_ACCOUNT + blake2b(account, digest_size=16).digest() + account
    assert account_of_key(key) == account


def test_account_key_is_refused_when_hash_prefix_or_length_is_wrong() -> None:
    key = account_key(ALICE)
    wrong = [
        key[:-1],
        key + b"\0",
        TOTAL_ISSUANCE + key[32:],
        key[:40] + bytes((key[40] ^ 1,)) + key[41:],
        b"",
    ]
    for other in wrong:
        with pytest.raises(StorageKeyError):
            account_of_key(other)
    with pytest.raises(StorageKeyError):
        account_key(ALICE[1:])


def khala_genesis() -> StateManifest:
    return StateManifest.load(SHIPPED / "khala.manifest.json")


def test_header_of_khala_genesis_hashes_to_the_published_hash() -> None:
    header = Header(
        bytes(32),
        0,
        bytes.fromhex("fd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b"),
        bytes.fromhex("03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"),
    )
    published = "d43540ba6d3eb4897c28a77d48cb5b729fea37603cbbfc7a86a73b72adb3be8d"
    assert header.block_hash().hex() == published
    assert khala_genesis().header == header
    assert khala_genesis().block_hash.hex() == published


@given(
    st.integers(0, 2**32 - 1),
    st.binary(min_size=96, max_size=96),
    st.lists(st.binary(max_size=40), max_size=3),
)
def test_header_reads_back_from_bytes_and_from_a_nodes_answer(number: int, hashes: bytes, logs: list[bytes]) -> None:
    parent, state, extrinsics = hashes[:32], hashes[32:64], hashes[64:]
    answer = {
        "parentHash": "0x" + parent.hex(),
        "number": hex(number),
        "stateRoot": "0x" + state.hex(),
        "extrinsicsRoot": "0x" + extrinsics.hex(),
        "digest": {"logs": ["0x" + item.hex() for item in logs]},
    }
    header = Header.from_rpc(answer)
    digest = bytes((4 * len(logs),)) + b"".join(logs)
    assert header == Header(parent, number, state, extrinsics, digest)
    assert Header.decode(header.encode()) == header


@pytest.mark.parametrize(
    "change",
    [
        {"number": 5},
        {"number": "zz"},
        {"stateRoot": "0x12"},
        {"parentHash": "12"},
        {"digest": {"logs": ["0x1"]}},
    ],
)
def test_header_is_refused_when_malformed(change: dict) -> None:
    root = "0x" + "11" * 32
    good = {
        "parentHash": root,
        "number": "0x1",
        "stateRoot": root,
        "extrinsicsRoot": root,
        "digest": {"logs": []},
    }
    Header.from_rpc(good)
    with pytest.raises(HeaderError):
        Header.from_rpc(good | change)
    for field in good:
        with pytest.raises(HeaderError):
            Header.from_rpc({name: value for name, value in good.items() if name != field})


def test_manifest_is_refused_when_hash_or_root_differ() -> None:
    manifest = khala_genesis()
    manifest.check_header()
    manifest.check_state_root(manifest.header.state_root)
    with pytest.raises(WrongStateRootError):
        manifest.check_state_root(bytes(32))
    with pytest.raises(WrongBlockHashError):
        StateManifest(manifest.name, 30, bytes(32), manifest.header).check_header()
