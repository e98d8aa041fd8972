# SPDX-License-Identifier: Apache-2.0
"""SubstrateTrie against a plain reference trie: what must be found, and what must never be."""

from __future__ import annotations

import json
import random

import pytest

from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    blake2,
    compact,
    node_header,
    pack_items,
    substrate_like_state,
    system_account_key,
)

ACCOUNTS = 300


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.MockStateReader)


@pytest.fixture(scope="module")
def thin(chain):
    """All of a list of hostile cases on anvil; every 25th on py-evm, which is that much slower."""
    step = 1 if chain.provider.name == "foundry" else 25
    return lambda cases: cases[::step]


@pytest.fixture(scope="module")
def state():
    return substrate_like_state(ACCOUNTS, seed=1)


@pytest.fixture(scope="module", params=[0, 1], ids=["state-version-0", "state-version-1"])
def trie(request, state):
    return ReferenceTrie(state[0], request.param)


@pytest.fixture(scope="module")
def khala(evidence_dir):
    path = evidence_dir / "polkadot" / "khala_genesis_raw.json"
    if not path.exists():
        pytest.skip(f"no {path}")
    raw = json.loads(path.read_text())
    top = raw.get("genesis", {}).get("raw", {}).get("top") or raw.get("top") or raw
    return {bytes.fromhex(k.removeprefix("0x")): bytes.fromhex(v.removeprefix("0x")) for k, v in top.items()}


def found(reader, root, key, items) -> bool:
    return reader.read(root, key, pack_items(items))[0]


# what must be found


def test_read_returns_the_value_when_the_proof_is_good(reader, trie):
    rng = random.Random(2)
    small = [key for key, value in trie.entries.items() if len(value) <= 32]
    for key in [*rng.sample(sorted(trie.entries), 40), *small[:20], b":code", b":heappages"]:
        assert tuple(reader.read(trie.root, key, pack_items(trie.proof_items(key)))) == (True, trie.entries[key])


def test_read_finds_values_on_branches_and_in_embedded_nodes(reader):
    # keys that are prefixes of each other put values on branches; short values put leaves inside their parents
    rng = random.Random(3)
    for version in (0, 1):
        for _ in range(6):
            entries = {b"\x12": rng.randbytes(rng.choice((1, 32, 33, 70)))}
            for length in (1, 2, 2, 3, 3, 3, 4, 4, 5):
                key = bytes(rng.choice((0x11, 0x12, 0x1F, 0xF1)) for _ in range(length))
                entries[key] = rng.randbytes(rng.choice((0, 1, 2, 5, 31, 32, 33, 64, 200)))
            trie = ReferenceTrie(entries, version)
            for key, value in entries.items():
                assert tuple(reader.read(trie.root, key, pack_items(trie.proof_items(key)))) == (True, value)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("nibbles", [14, 15, 16, 30, 31, 32, 62, 63, 64, 317, 318, 319, 572, 573, 574])
def test_read_counts_long_partial_keys_exactly(reader, version, nibbles):
    # a single leaf whose whole key is its partial key, around every border of the header's count
    if nibbles % 2:
        stem = b"\x77" * (nibbles // 2)
        # an odd partial key needs one nibble taken by a branch
        entries = {b"\x12" + stem: b"v" * 50, b"\x62" + stem: b"w" * 50}
    else:
        entries = {b"\x77" * (nibbles // 2): b"v" * 50}
    trie = ReferenceTrie(entries, version)
    for key, value in entries.items():
        assert tuple(reader.read(trie.root, key, pack_items(trie.proof_items(key)))) == (True, value)


def test_reference_trie_reproduces_khalas_published_root(khala):
    assert ReferenceTrie(khala).root.hex() == "fd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b"


def test_khala_genesis_balances_are_proven_against_the_published_root(reader, khala):
    root = bytes.fromhex("fd2e3e07ed2d610c6c0c6c3cd6858fff733fe53c03bd75d46f25e7c69dec490b")
    trie = ReferenceTrie(khala)
    prefix = system_account_key(bytes(32))[:32]
    accounts = [key[-32:] for key in khala if key.startswith(prefix)]
    balances = []
    for account in accounts:
        proof = pack_items(trie.proof_items(system_account_key(account)))
        shown, balance = reader.nativeBalance(root, account, proof)
        assert shown
        balances.append(balance)
    # published: five accounts of 1000 PHA and the treasury's 0.1 PHA, 12 decimals, the total issuance
    assert sorted(balances) == [10**11, *[10**15] * 5]
    assert sum(balances) == 5000100000000000


# what must never be found


def test_no_single_bit_flip_passes(reader, trie, state, thin):
    key = system_account_key(state[1][5])
    proof = pack_items(trie.proof_items(key))
    assert reader.countFound(trie.root, key, [proof]) == 1
    flipped = [
        proof[:at] + bytes([proof[at] ^ (1 << (at * 5 + turn) % 8)]) + proof[at + 1 :]
        for at in range(len(proof))
        for turn in (0, 3)
    ]
    flipped = thin(flipped)
    for start in range(0, len(flipped), 200):
        assert reader.countFound(trie.root, key, flipped[start : start + 200]) == 0


def test_no_cut_passes(reader, trie, state, thin):
    key = system_account_key(state[1][6])
    proof = pack_items(trie.proof_items(key))
    cuts = thin([proof[:n] for n in range(len(proof))])
    for start in range(0, len(cuts), 300):
        assert reader.countFound(trie.root, key, cuts[start : start + 300]) == 0


def test_no_addition_passes(reader, trie, state):
    key = system_account_key(state[1][7])
    items = trie.proof_items(key)
    proof = pack_items(items)
    longer = [
        proof + b"\0",
        proof + b"\0\0",
        proof + proof,
        b"\0" + proof,
        b"\0\0" + proof,
        pack_items([*items, items[-1]]),
        pack_items([items[0], *items]),
        pack_items([*items, b""]),
    ]
    assert reader.countFound(trie.root, key, longer) == 0


def test_no_other_order_passes(reader, trie, state):
    key = system_account_key(state[1][8])
    items = trie.proof_items(key)
    orders = []
    for i in range(len(items)):
        orders.append(items[:i] + items[i + 1 :])
        for j in range(i):
            swapped = list(items)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            orders.append(swapped)
    orders.append(items[::-1])
    assert reader.countFound(trie.root, key, [pack_items(order) for order in orders]) == 0


def test_a_proof_passes_only_for_its_own_key(reader, trie, state):
    accounts = state[1][:20]
    for account in accounts[:5]:
        proof = pack_items(trie.proof_items(system_account_key(account)))
        hits = [a for a in accounts if reader.read(trie.root, system_account_key(a), proof)[0]]
        assert hits == [account]


def test_a_key_that_is_shorter_or_longer_does_not_pass(reader, trie, state):
    key = system_account_key(state[1][9])
    proof = pack_items(trie.proof_items(key))
    assert reader.read(trie.root, key, proof)[0]
    for other in [key[:-1], key + b"\0", key[:32], b"", key[:-1] + bytes([key[-1] ^ 1]), b"\0" + key]:
        assert not reader.read(trie.root, other, proof)[0]


def test_a_proof_against_another_root_does_not_pass(reader, trie, state):
    other = dict(trie.entries)
    account = state[1][10]
    key = system_account_key(account)
    other[key] = account_info(10**18)
    richer = ReferenceTrie(other, trie.version)
    assert found(reader, richer.root, key, richer.proof_items(key))
    assert not found(reader, trie.root, key, richer.proof_items(key))
    # its own upper nodes with the other's leaf
    assert not found(reader, trie.root, key, [*trie.proof_items(key)[:-1], richer.proof_items(key)[-1]])
    assert not found(reader, bytes(32), key, richer.proof_items(key))


def test_a_branch_without_a_value_proves_nothing_at_its_own_key(reader):
    trie = ReferenceTrie({b"\x12\x34": b"a" * 40, b"\x12\x56": b"b" * 40})
    assert not found(reader, trie.root, b"\x12", trie.proof_items(b"\x12\x34")[:1])


def test_an_empty_trie_proves_nothing(reader):
    assert not found(reader, blake2(b"\0"), b"", [b"\0"])
    assert not found(reader, blake2(b"\0"), b"\x12", [b"\0"])


# nodes no encoder writes, under a root that names them: what the parser itself must refuse


def leaf(key_nibbles: int, path: bytes, tail: bytes, prefix: int = 0x40, width: int = 6) -> bytes:
    return node_header(prefix, width, key_nibbles) + path + tail


VALUE = b"a value of more than thirty-two bytes, to stand alone"
KEY = bytes(range(1, 21))
CRAFTED = {
    "trailing-byte": leaf(40, KEY, compact(len(VALUE)) + VALUE + b"\0"),
    "value-length-too-long": leaf(40, KEY, compact(len(VALUE) + 1) + VALUE),
    "value-length-too-short": leaf(40, KEY, compact(len(VALUE) - 1) + VALUE),
    "value-length-in-four-bytes": leaf(40, KEY, (len(VALUE) << 2 | 2).to_bytes(4, "little") + VALUE),
    "value-length-in-two-bytes": leaf(40, KEY, (len(VALUE) << 2 | 1).to_bytes(2, "little") + VALUE),
    "value-length-as-big-integer": leaf(40, KEY, b"\x03" + len(VALUE).to_bytes(4, "little") + VALUE),
    "partial-one-longer": leaf(41, b"\x00" + KEY, compact(len(VALUE)) + VALUE),
    "partial-one-shorter": leaf(39, KEY, compact(len(VALUE)) + VALUE),
    "partial-huge": b"\x7f" + b"\xff" * 60 + KEY + compact(len(VALUE)) + VALUE,
    "partial-unending": b"\x7f" + b"\xff" * 4000,
    "escape-header": b"\x01" + KEY + compact(len(VALUE)) + VALUE,
    "reserved-header": b"\x08" + KEY + compact(len(VALUE)) + VALUE,
    "empty-node": b"",
    "header-only": b"\x68",
    "hashed-leaf-cut": leaf(40, KEY, blake2(VALUE)[:-1], 0x20, 5),
    "hashed-leaf-with-a-tail": leaf(40, KEY, blake2(VALUE) + b"\0", 0x20, 5),
    "branch-without-children-or-value": leaf(40, KEY, b"\0\0", 0x80),
    "branch-with-a-child-that-is-not-there": leaf(40, KEY, b"\x01\0" + compact(len(VALUE)) + VALUE, 0xC0),
    "branch-with-bytes-after-its-children": leaf(40, KEY, b"\0\0" + compact(len(VALUE)) + VALUE + b"\0", 0xC0),
    "branch-with-a-child-of-33-bytes": leaf(
        40, KEY, b"\x01\0" + compact(len(VALUE)) + VALUE + b"\x84" + b"x" * 33, 0xC0
    ),
    "branch-with-a-child-length-in-two-bytes": leaf(
        40, KEY, b"\x01\0" + compact(len(VALUE)) + VALUE + b"\x21\0" + b"x" * 8, 0xC0
    ),
}


def test_the_plain_leaf_the_crafted_ones_start_from_is_found(reader):
    node = leaf(40, KEY, compact(len(VALUE)) + VALUE)
    assert tuple(reader.read(blake2(node), KEY, pack_items([node]))) == (True, VALUE)
    node = leaf(40, KEY, b"\x01\0" + compact(len(VALUE)) + VALUE + b"\x80" + b"x" * 32, 0xC0)
    assert tuple(reader.read(blake2(node), KEY, pack_items([node]))) == (True, VALUE)


@pytest.mark.parametrize("node", CRAFTED.values(), ids=CRAFTED.keys())
def test_a_crafted_node_is_refused(reader, node):
    assert not found(reader, blake2(node), KEY, [node])
    assert not found(reader, blake2(node), KEY, [node, VALUE])


def test_a_padding_nibble_must_be_zero(reader):
    def under_branch(padding: int) -> tuple[bytes, list[bytes]]:
        child = leaf(39, bytes([padding << 4 | KEY[0] & 15]) + KEY[1:], compact(len(VALUE)) + VALUE)
        root = b"\x80" + (1 << (KEY[0] >> 4)).to_bytes(2, "little") + b"\x80" + blake2(child)
        return blake2(root), [root, child]

    root, items = under_branch(0)
    assert found(reader, root, KEY, items)
    for padding in range(1, 16):
        root, items = under_branch(padding)
        assert not found(reader, root, KEY, items)


def test_a_child_where_the_bitmap_has_none_is_refused(reader):
    child = leaf(39, bytes([KEY[0] & 15]) + KEY[1:], compact(len(VALUE)) + VALUE)
    for bit in range(16):
        root = b"\x80" + (1 << bit).to_bytes(2, "little") + b"\x80" + blake2(child)
        assert found(reader, blake2(root), KEY, [root, child]) == (bit == KEY[0] >> 4)


def test_children_must_fill_their_branch_exactly(reader):
    child = leaf(39, bytes([KEY[0] & 15]) + KEY[1:], compact(len(VALUE)) + VALUE)
    bitmap = (1 << (KEY[0] >> 4) | 1 << 9).to_bytes(2, "little")
    good = b"\x80" + bitmap + b"\x80" + blake2(child) + b"\x14small"
    assert found(reader, blake2(good), KEY, [good, child])
    bad = [
        good + b"\0",
        good[:-1],
        b"\x80" + bitmap + b"\x80" + blake2(child),
        b"\x80" + bitmap + b"\x80" + blake2(child) + b"\x81small",
        # lengths that sum to two hashes without being them: the first child would be read as the caller likes
        b"\x80" + bitmap + b"\x14small" + b"\x80" + blake2(child) + bytes(27),
    ]
    for root in bad:
        assert not found(reader, blake2(root), KEY, [root, child])


def test_an_embedded_child_must_end_where_its_length_says(reader):
    key = b"\x12\x34"
    inner = leaf(3, b"\x02\x34", compact(3) + b"abc")

    def root_with(child: bytes) -> bytes:
        return b"\x80" + (1 << 1 | 1 << 9).to_bytes(2, "little") + compact(len(child)) + child + b"\x14small"

    good = root_with(inner)
    assert tuple(reader.read(blake2(good), key, pack_items([good]))) == (True, b"abc")
    for child in [inner + b"\0", inner[:-1], b"", leaf(3, b"\x02\x34", compact(9) + b"abc")]:
        root = root_with(child)
        assert not found(reader, blake2(root), key, [root])
    # an embedded node is not an item of its own
    assert not found(reader, blake2(good), key, [good, inner])


def test_a_hashed_value_is_taken_only_whole_and_only_long(reader):
    def hashed(value: bytes) -> tuple[bytes, list[bytes]]:
        node = leaf(40, KEY, blake2(value), 0x20, 5)
        return blake2(node), [node, value]

    root, items = hashed(VALUE)
    assert tuple(reader.read(root, KEY, pack_items(items))) == (True, VALUE)
    assert not found(reader, root, KEY, items[:1])
    assert not found(reader, root, KEY, [items[0], VALUE + b"\0"])
    assert not found(reader, root, KEY, [*items, VALUE])
    # the hash itself is not the value
    assert not found(reader, root, KEY, [items[0], blake2(VALUE)])
    root, items = hashed(b"s" * 33)
    assert found(reader, root, KEY, items)
    for length in (0, 1, 32):
        root, items = hashed(b"s" * length)
        assert not found(reader, root, KEY, items)


def test_a_value_that_looks_like_a_node_opens_no_way_below_it(reader):
    # the attacker's value is a leaf; under version 1 its hash stands in the trie, where only values are sought
    planted = leaf(38, KEY[1:], compact(len(VALUE)) + VALUE)
    trie = ReferenceTrie({KEY[:1]: planted, b"\xf0": b"x" * 40}, version=1)
    items = trie.proof_items(KEY[:1])
    assert found(reader, trie.root, KEY[:1], items)
    assert not found(reader, trie.root, KEY, items)


def test_a_record_planted_in_a_value_is_no_account(reader):
    """Anyone may store bytes on a chain: here whole nodes that hold a fortune, also as the value of a branch."""
    account = bytes(range(32))
    key = system_account_key(account)
    fortune = account_info(10**18)
    for version in (0, 1):
        for skipped in (0, 1, 2, 64, 158):
            path = key.hex()[skipped:]
            planted = node_header(0x40, 6, len(path)) + bytes.fromhex("0" * (len(path) % 2) + path)
            planted += compact(len(fortune)) + fortune
            carriers = [
                key[:40],  # on the way to the account, as the value of a branch
                key[:-1] + bytes([key[-1] ^ 1]),  # its neighbour
                b"anything",
            ]
            for carrier in carriers:
                entries = {carrier: planted, key[:39] + b"\xff" * 41: account_info(1), b"other": b"x" * 40}
                trie = ReferenceTrie(entries, version)
                items = trie.proof_items(carrier)
                assert reader.read(trie.root, carrier, pack_items(items))[0]
                way = [node for node in items if node != planted]
                attempts = [pack_items(list(p)) for p in (items, [*items, planted], [*way, planted], [planted])]
                assert reader.countFound(trie.root, key, attempts) == 0
                assert not reader.nativeBalance(trie.root, account, attempts[1])[0]


def test_a_balance_needs_a_whole_account_record(reader):
    account = bytes(range(32))
    key = system_account_key(account)
    for info, ok in [
        (account_info(5, 7), True),
        (account_info(5, 7) + b"\0", False),
        (account_info(5, 7)[:-1], False),
        (account_info(5, 7)[:64], False),
        (b"", False),
    ]:
        trie = ReferenceTrie({key: info, b"other": b"x" * 40})
        proof = pack_items(trie.proof_items(key))
        assert tuple(reader.nativeBalance(trie.root, account, proof)) == (ok, 12 if ok else 0)


def test_a_balance_is_free_plus_reserved_without_frozen(reader):
    account = bytes(range(32))
    key = system_account_key(account)
    most = (1 << 128) - 1
    for free, reserved, frozen in [(10, 3, 8), (most, most, most), (0, 0, 5)]:
        trie = ReferenceTrie({key: account_info(free, reserved, frozen), b"other": b"x" * 40})
        shown = reader.nativeBalance(trie.root, account, pack_items(trie.proof_items(key)))
        assert tuple(shown) == (True, free + reserved)


def random_damage(rng: random.Random, items: list[bytes]) -> bytes:
    """One of the ways a hostile relayer may bend a proof: at most three edits anywhere, or whole items moved."""
    if rng.random() < 0.3:
        items = list(items)
        rng.shuffle(items)
        return pack_items(items[: rng.randrange(len(items) + 1)])
    proof = bytearray(pack_items(items))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(proof))
        action = rng.randrange(4)
        if action == 0:
            proof[at] = rng.randrange(256)
        elif action == 1:
            del proof[at : at + rng.randrange(1, 40)]
        elif action == 2:
            proof[at:at] = rng.randbytes(rng.randrange(1, 40))
        else:
            source = rng.randrange(len(proof))
            proof[at : at + 33] = proof[source : source + 33]
        if not proof:
            break
    return bytes(proof)


def hunt(reader, trie, accounts, seed: int, rounds: int) -> None:
    rng = random.Random(seed)
    for _ in range(rounds):
        key = system_account_key(rng.choice(accounts))
        good = pack_items(trie.proof_items(key))
        damaged = [random_damage(rng, trie.proof_items(key)) for _ in range(60)]
        assert reader.countFound(trie.root, key, [good, *(d for d in damaged if d != good)]) == 1


def test_random_damage_never_passes(reader, trie, state, thin):
    hunt(reader, trie, state[1], seed=11, rounds=len(thin(range(6))))


@pytest.mark.deep
def test_random_damage_never_passes_at_length(reader, trie, state):
    hunt(reader, trie, state[1], seed=12, rounds=250)
