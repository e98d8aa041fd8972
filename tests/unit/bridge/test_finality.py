# SPDX-License-Identifier: Apache-2.0
"""Anchoring: a made-up relay chain with real ed25519 keys, real tries and real justifications, then every lie in turn."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pha.bridge.finality import check_anchor, paras_heads_key
from pha.bridge.grandpa import AuthoritySet, FinalityError
from pha.bridge.header import Header
from pha.bridge.storage_proof import StorageProofError
from scripts import anchor
from tests.reference.substrate_state import ReferenceTrie, blake2, compact, substrate_like_state, twox

PARA = 2035


def little(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little")


class Authority:
    def __init__(self, name: str) -> None:
        self.secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.key = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def authority_list(authorities: list[Authority], weight: int = 1) -> bytes:
    return compact(len(authorities)) + b"".join(a.key + little(weight, 8) for a in authorities)


def header(number: int, parent: bytes, state: bytes, digest: list[bytes] = ()) -> dict[str, Any]:
    """As chain_getHeader answers."""
    return {
        "parentHash": "0x" + parent.hex(),
        "number": hex(number),
        "stateRoot": "0x" + state.hex(),
        "extrinsicsRoot": "0x" + blake2(b"extrinsics").hex(),
        "digest": {"logs": ["0x" + item.hex() for item in digest]},
    }


def encoded(answer: dict[str, Any]) -> bytes:
    """A header's SCALE, by hand."""
    logs = [bytes.fromhex(item[2:]) for item in answer["digest"]["logs"]]
    raw = {name: bytes.fromhex(answer[name][2:]) for name in ("parentHash", "stateRoot", "extrinsicsRoot")}
    number = int(answer["number"], 16)
    body = raw["parentHash"] + compact(number) + raw["stateRoot"] + raw["extrinsicsRoot"]
    return body + compact(len(logs)) + b"".join(logs)


def hash_of(answer: dict[str, Any]) -> bytes:
    return blake2(encoded(answer))


def consensus(engine: bytes, body: bytes, kind: int = 4) -> bytes:
    return bytes([kind]) + engine + compact(len(body)) + body


def scheduled_change(authorities: list[Authority], delay: int = 0) -> bytes:
    return consensus(b"FRNK", b"\x01" + authority_list(authorities) + little(delay, 4))


def signed(authority: Authority, target: dict, set_id: int, round_number: int, number: int | None = None) -> bytes:
    height = int(target["number"], 16) if number is None else number
    vote = hash_of(target) + little(height, 4)
    message = b"\x01" + vote + little(round_number, 8) + little(set_id, 8)
    return vote + authority.secret.sign(message) + authority.key


def justification(target: dict, votes: list[bytes], ancestries: list[dict] = (), round_number: int = 9) -> str:
    parts = [
        little(round_number, 8),
        hash_of(target),
        little(int(target["number"], 16), 4),
        compact(len(votes)),
        *votes,
        compact(len(ancestries)),
        *(encoded(answer) for answer in ancestries),
    ]
    return "0x" + b"".join(parts).hex()


def votes_of(authorities: list[Authority], target: dict, set_id: int, round_number: int = 9) -> list[bytes]:
    return [signed(a, target, set_id, round_number) for a in authorities]


def read_proof(trie: ReferenceTrie, *keys: bytes) -> dict[str, Any]:
    nodes = {node for key in keys for node in trie.proof_items(key)}
    return {"at": "0x00", "proof": ["0x" + node.hex() for node in sorted(nodes)]}


FIRST = [Authority(f"first {i}") for i in range(7)]
SECOND = [Authority(f"second {i}") for i in range(10)]
SET_ID_KEY = twox(b"Grandpa", 16) + twox(b"CurrentSetId", 16)
AUTHORITIES_KEY = twox(b"Grandpa", 16) + twox(b"Authorities", 16)
HEADS_KEY = twox(b"Paras", 16) + twox(b"Heads", 16) + twox(little(PARA, 4), 8) + little(PARA, 4)


class Chains:
    """A checkpoint under FIRST, a hand-over to SECOND, a relay block that SECOND finalises, two parachain blocks."""

    def __init__(self, version: int = 0) -> None:
        state, _ = substrate_like_state(20, seed=31)
        at_checkpoint = {**state, SET_ID_KEY: little(41, 8), AUTHORITIES_KEY: authority_list(FIRST)}
        self.checkpoint_state = ReferenceTrie(at_checkpoint, version)
        self.checkpoint = header(1_000, blake2(b"999"), self.checkpoint_state.root, [consensus(b"BABE", b"x", 6)])

        other = [consensus(b"BABE", b"preruntime", 6), consensus(b"BABE", b"seal", 5)]
        change = scheduled_change(SECOND)
        self.hand_over = header(1_600, blake2(b"1599"), blake2(b"some state"), [other[0], change, other[1]])

        self.sunset = header(9_064_613, blake2(b"before"), blake2(b"the parachain's state"), other)
        self.head = header(9_064_614, hash_of(self.sunset), blake2(b"one later"), other)
        head = encoded(self.head)
        self.relay_state = ReferenceTrie({**state, HEADS_KEY: compact(len(head)) + head}, version)
        self.relay = header(1_700, hash_of(self.hand_over), self.relay_state.root, other)
        self.child = header(1_701, hash_of(self.relay), blake2(b"1701"), other)
        self.grandchild = header(1_702, hash_of(self.child), blake2(b"1702"), [*other, b"\x08"])

    @property
    def trusted(self) -> bytes:
        return hash_of(self.checkpoint)

    def bundle(self) -> dict[str, Any]:
        return {
            "checkpoint": {
                "header": self.checkpoint,
                "proof": read_proof(self.checkpoint_state, SET_ID_KEY, AUTHORITIES_KEY),
            },
            "hand_overs": [
                {
                    "header": self.hand_over,
                    "justification": justification(self.hand_over, votes_of(FIRST[:5], self.hand_over, 41)),
                }
            ],
            "finalized": {
                "header": self.relay,
                "justification": justification(self.relay, votes_of(SECOND[:7], self.relay, 42)),
            },
            "parachain": {
                "id": PARA,
                "proof": read_proof(self.relay_state, HEADS_KEY),
                "headers": [self.sunset],
            },
        }


@pytest.fixture(scope="module")
def chains():
    return Chains()


@pytest.fixture
def bundle(chains):
    return copy.deepcopy(chains.bundle())


# what passes


@pytest.mark.parametrize("version", [0, 1])
def test_anchor_leads_from_the_checkpoint_to_the_state_root(version):
    chains = Chains(version)
    found = check_anchor(chains.bundle(), chains.trusted)
    assert found.state_root == blake2(b"the parachain's state")
    assert (found.para_number, found.para_hash) == (9_064_613, hash_of(chains.sunset))
    assert (found.relay_number, found.relay_hash, found.set_id) == (1_700, hash_of(chains.relay), 42)
    assert (found.weight, found.total_weight, found.hand_overs) == (7, 10, 1)


def test_anchor_takes_the_head_itself_when_no_headers_follow(chains, bundle):
    del bundle["parachain"]["headers"]
    assert check_anchor(bundle, chains.trusted).state_root == blake2(b"one later")


def test_anchor_can_start_from_the_genesis_authorities(chains, bundle):
    del bundle["checkpoint"]
    genesis = AuthoritySet(41, {a.key: 1 for a in FIRST})
    assert check_anchor(bundle, None, genesis).state_root == blake2(b"the parachain's state")
    with pytest.raises(FinalityError, match="no authority"):
        check_anchor(bundle, None, AuthoritySet(41, {a.key: 1 for a in SECOND}))


def test_anchor_takes_votes_for_descendants_with_their_headers(chains, bundle):
    votes = [
        *votes_of(SECOND[:3], chains.relay, 42),
        *votes_of(SECOND[3:6], chains.child, 42),
        *votes_of(SECOND[6:7], chains.grandchild, 42),
    ]
    bundle["finalized"]["justification"] = justification(chains.relay, votes, [chains.child, chains.grandchild])
    assert check_anchor(bundle, chains.trusted).weight == 7


@pytest.mark.parametrize(("total", "needed"), [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (10, 7), (300, 201)])
def test_threshold_is_over_two_thirds(total, needed):
    assert AuthoritySet(0, {bytes([i // 256, i % 256]): 1 for i in range(total)}).threshold == needed
    assert 3 * needed > 2 * total >= 3 * (needed - 1)


def test_paras_heads_key_is_derived_as_in_the_polkadot_runtime():
    prefix = "cd710b30bd2eab0352ddcc26417aa1941b3c252fcb29d88eff4f3de5de4476c3"
    assert paras_heads_key(PARA).hex().startswith(prefix)
    assert paras_heads_key(PARA) == HEADS_KEY


# what does not


def test_anchor_needs_something_trusted(chains, bundle):
    with pytest.raises(FinalityError, match="trust"):
        check_anchor(bundle, None)
    with pytest.raises(FinalityError, match="not the one you trust"):
        check_anchor(bundle, blake2(b"another block"))


def test_anchor_refuses_a_checkpoint_that_lies_about_its_authorities(chains, bundle):
    entries = {**chains.checkpoint_state.entries, AUTHORITIES_KEY: authority_list(SECOND)}
    bundle["checkpoint"]["proof"] = read_proof(ReferenceTrie(entries), SET_ID_KEY, AUTHORITIES_KEY)
    with pytest.raises(StorageProofError):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_one_vote_too_few(chains, bundle):
    bundle["finalized"]["justification"] = justification(chains.relay, votes_of(SECOND[:6], chains.relay, 42))
    with pytest.raises(FinalityError, match="weight 6 precommitted, 7 is needed"):
        check_anchor(bundle, chains.trusted)


@pytest.mark.parametrize(
    ("votes", "what"),
    [
        pytest.param(lambda c: votes_of(SECOND[:6] * 2, c.relay, 42), "votes twice", id="twice"),
        pytest.param(lambda c: votes_of(SECOND[:6] + FIRST[:1], c.relay, 42), "no authority", id="foreign"),
        pytest.param(lambda c: votes_of(SECOND[:7], c.relay, 41), "signature", id="set-before"),
        pytest.param(lambda c: votes_of(SECOND[:7], c.relay, 42, 8), "signature", id="other-round"),
        pytest.param(lambda c: votes_of(SECOND[:7], c.child, 42), "descend", id="child-without-its-header"),
        pytest.param(
            lambda c: votes_of(SECOND[:6], c.relay, 42) + votes_of(SECOND[6:7], c.hand_over, 42),
            "descend",
            id="ancestor",
        ),
        pytest.param(
            lambda c: votes_of(SECOND[:6], c.relay, 42) + [signed(SECOND[6], c.relay, 42, 9, 1_701)],
            "another number",
            id="other-number",
        ),
    ],
)
def test_anchor_refuses_votes_that_do_not_count(chains, bundle, votes, what):
    bundle["finalized"]["justification"] = justification(chains.relay, votes(chains))
    with pytest.raises(FinalityError, match=what):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_a_vote_below_the_block_dressed_up_as_one_above(chains, bundle):
    """Headers that lead from the vote to the block by hash alone, with numbers that do not descend."""
    odd = header(1_650, hash_of(chains.relay), blake2(b"odd"))
    votes = [*votes_of(SECOND[:6], chains.relay, 42), signed(SECOND[6], odd, 42, 9)]
    bundle["finalized"]["justification"] = justification(chains.relay, votes, [odd])
    with pytest.raises(FinalityError, match="descend"):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_headers_that_lead_to_no_vote(chains, bundle):
    votes = votes_of(SECOND[:7], chains.relay, 42)
    bundle["finalized"]["justification"] = justification(chains.relay, votes, [chains.child])
    with pytest.raises(FinalityError, match="lead to no vote"):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_a_justification_of_another_block(chains, bundle):
    bundle["finalized"]["justification"] = justification(chains.child, votes_of(SECOND[:7], chains.child, 42))
    with pytest.raises(FinalityError, match="is for block"):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_a_skipped_hand_over(chains, bundle):
    bundle["hand_overs"] = []
    with pytest.raises(FinalityError, match="no authority of set 41"):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_a_hand_over_its_own_set_did_not_finalise(chains, bundle):
    step = bundle["hand_overs"][0]
    step["justification"] = justification(chains.hand_over, votes_of(SECOND[:7], chains.hand_over, 41))
    with pytest.raises(FinalityError, match="no authority"):
        check_anchor(bundle, chains.trusted)


@pytest.mark.parametrize(
    ("digest", "what"),
    [
        ([], "hands over to nobody"),
        ([scheduled_change(SECOND, delay=5)], "with a delay"),
        ([consensus(b"FRNK", b"\x02" + little(1, 4) + authority_list(SECOND) + bytes(4))], "forces"),
        ([scheduled_change(SECOND), scheduled_change(FIRST)], "twice"),
        ([consensus(b"BABE", b"\x01" + authority_list(SECOND) + bytes(4))], "hands over to nobody"),
        ([consensus(b"FRNK", b"\x01" + authority_list(SECOND[:1] * 2) + bytes(4))], "stands twice"),
        ([consensus(b"FRNK", b"\x01" + compact(0) + bytes(4))], "empty"),
        ([consensus(b"FRNK", b"\x01" + authority_list(SECOND) + bytes(5))], "malformed"),
        ([consensus(b"FRNK", b"\x01" + authority_list(SECOND[:3], weight=0) + bytes(4))], "no weight"),
        ([b"\x07abc"], "unknown kind"),
    ],
)
def test_anchor_refuses_other_ways_of_changing_authorities(chains, bundle, digest, what):
    changed = header(1_600, blake2(b"1599"), blake2(b"some state"), digest)
    bundle["hand_overs"] = [
        {"header": changed, "justification": justification(changed, votes_of(FIRST[:5], changed, 41))}
    ]
    with pytest.raises(FinalityError, match=what):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_another_parachains_head(chains, bundle):
    bundle["parachain"]["id"] = 2004
    with pytest.raises(StorageProofError):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_a_parachain_header_that_is_not_the_parent(chains, bundle):
    for change in ({"stateRoot": "0x" + "11" * 32}, {"number": hex(9_064_612)}):
        altered = copy.deepcopy(bundle)
        altered["parachain"]["headers"][0].update(change)
        with pytest.raises(FinalityError, match="not the parent"):
            check_anchor(altered, chains.trusted)
    bundle["parachain"]["headers"] = [chains.head]
    with pytest.raises(FinalityError, match="not the parent"):
        check_anchor(bundle, chains.trusted)


def test_anchor_refuses_every_damaged_byte_of_a_justification(chains, bundle):
    good = bytes.fromhex(bundle["finalized"]["justification"][2:])
    for at in range(0, len(good), 7):
        damaged = bytearray(good)
        damaged[at] ^= 1 << at % 8
        bundle["finalized"]["justification"] = "0x" + damaged.hex()
        with pytest.raises(FinalityError):
            check_anchor(bundle, chains.trusted)
    for cut in (0, 1, 40, len(good) - 1):
        bundle["finalized"]["justification"] = "0x" + good[:cut].hex()
        with pytest.raises(FinalityError):
            check_anchor(bundle, chains.trusted)


@pytest.mark.parametrize("part", ["checkpoint", "finalized", "parachain"])
def test_anchor_names_a_missing_part(chains, bundle, part):
    del bundle[part]
    with pytest.raises(FinalityError, match=part):
        check_anchor(bundle, chains.trusted)


def test_header_hash_in_the_test_equals_the_librarys(chains):
    for answer in (chains.checkpoint, chains.relay, chains.head):
        assert Header.from_rpc(answer).block_hash() == hash_of(answer)


# the command


def test_command_prints_the_state_root_and_compares_it(chains, tmp_path):
    path = tmp_path / "anchor.json"
    path.write_text(json.dumps(chains.bundle()))
    trust, root = "0x" + chains.trusted.hex(), "0x" + blake2(b"the parachain's state").hex()
    shown = CliRunner().invoke(anchor.cli, ["check", str(path), "--trust", trust, "--state-root", root])
    assert shown.exit_code == 0
    assert root in shown.output
    other = CliRunner().invoke(anchor.cli, ["check", str(path), "--trust", trust, "--state-root", trust])
    assert other.exit_code == 1
    assert "not the state root asked for" in other.output


def test_command_answers_with_one_line_when_something_is_wrong(chains, tmp_path):
    path = tmp_path / "anchor.json"
    for content in ("", "[]", "{}", "{"):
        path.write_text(content)
        shown = CliRunner().invoke(anchor.cli, ["check", str(path), "--trust", "0x" + chains.trusted.hex()])
        assert (shown.exit_code, shown.output.count("\n")) == (1, 1)
    shown = CliRunner().invoke(anchor.cli, ["check", str(path), "--trust", "latest"])
    assert shown.exit_code == 1
