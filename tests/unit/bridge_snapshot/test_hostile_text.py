# SPDX-License-Identifier: Apache-2.0
"""Text from strangers that is meant to bring the reader down: each is refused by name, and at once."""

from __future__ import annotations

from hashlib import blake2b

import pytest

from pha.bridge.bundles import AlteredBundleError, ClaimBundle, Snapshot, SnapshotFolderError
from pha.bridge.relay import RequestFileError, read_requests
from pha.bridge.ss58 import Ss58Error, parse_account
from pha.bridge.state_manifest import ManifestError, StateManifest

DEEP = "[" * 200_000


@pytest.mark.parametrize(
    "line",
    [DEEP.encode(), b"\xff\xfe", b'{"account":"\xff"}', b'{"account":' + b"9" * 5000 + b"}", b'"', b"null"],
    ids=["deep", "no text", "no text inside", "long number", "cut", "null"],
)
def test_request_line_is_refused_by_its_number(tmp_path, line):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(b"\n" + line + b"\n")
    ((number, refusal),) = read_requests(path)
    assert number == 2
    assert isinstance(refusal, RequestFileError)


def test_deep_nesting_is_refused_in_bundles_manifests_and_snapshots(tmp_path):
    with pytest.raises(AlteredBundleError):
        ClaimBundle.from_json(DEEP)
    manifest = tmp_path / "x.manifest.json"
    manifest.write_text(DEEP)
    with pytest.raises(ManifestError):
        StateManifest.load(manifest)
    (tmp_path / "snapshot.json").write_text(DEEP)
    with pytest.raises(SnapshotFolderError):
        Snapshot.open(tmp_path)


def test_an_address_of_a_million_symbols_is_refused_at_once():
    with pytest.raises(Ss58Error, match="longer than any") as refusal:
        parse_account("2" * 1_000_000)
    assert len(str(refusal.value)) < 200


def test_the_longest_addresses_are_read():
    """The greatest account under the greatest prefix, checksum by hand."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    body = bytes((0b0111_1111, 0b1111_1111)) + b"\xff" * 32
    number = int.from_bytes(body + blake2b(b"SS58PRE" + body).digest()[:2], "big")
    address = ""
    while number:
        number, digit = divmod(number, 58)
        address = alphabet[digit] + address
    assert parse_account(address) == b"\xff" * 32
