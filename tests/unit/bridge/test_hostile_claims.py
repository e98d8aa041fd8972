# SPDX-License-Identifier: Apache-2.0
"""A bridge with every verifier, attacked with evidence that is good somewhere else (on another way, for another
account, scheme, bridge or chain) and with claims whose encoding is bent.

Claims go in batches, which report why each is refused.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from eth_utils import keccak

from tests.reference.bridge_setup import UNITS, World
from tests.reference.claims import SECP256K1, Claim, Estate, Leaf, NativeClaim, blake2b, sentence
from tests.reference.delegated_accounts import (
    MULTISIG,
    PROXY,
    Approval,
    multisig_account,
    multisig_evidence,
    naming,
    proxy_evidence,
)
from tests.reference.signing_keys import ED25519, SR25519, Ed25519Holder, Secp256k1Holder, Sr25519Holder
from tests.reference.substrate_state import (
    ReferenceTrie,
    account_info,
    pack_items,
    proxies_key,
    proxy_list,
    substrate_like_state,
    system_account_key,
)

OPENINGS = {"liquid": "PHA", "vault": "vPHA", "native": "native PHA"}
FREE, STAKED = 40 * UNITS, 2 * UNITS
KEYS = {"sr25519": Sr25519Holder("attacked"), "ed25519": Ed25519Holder("attacked"), "secp256k1": Secp256k1Holder(4001)}
MEMBERS = sorted([Sr25519Holder("member"), Ed25519Holder("member"), Secp256k1Holder(4002)], key=lambda h: h.account)
GROUP = multisig_account([member.account for member in MEMBERS], 2)
PURE = blake2b(b"a pure proxy under attack")


@dataclass(frozen=True)
class Party:
    """An account, how it is claimed for, and its evidence over a claim's sentence."""

    account: bytes
    scheme: int
    evidence: Callable[[bytes], bytes]


def group_evidence(message: bytes, account: bytes = GROUP, places=(0, 2)) -> bytes:
    text = naming(account, message)
    approvals = [Approval(place, MEMBERS[place].scheme, MEMBERS[place].evidence(text)) for place in places]
    return multisig_evidence([member.account for member in MEMBERS], 2, approvals)


@pytest.fixture(scope="module")
def state():
    entries, _ = substrate_like_state(80, seed=77)
    for account in (GROUP, PURE, *(holder.account for holder in KEYS.values())):
        entries[system_account_key(account)] = account_info(FREE)
    # The group has one of its members as a proxy besides.
    entries[proxies_key(GROUP)] = proxy_list([(MEMBERS[0].account, 0, 0), (MEMBERS[1].account, 0, 7)])
    entries[proxies_key(PURE)] = proxy_list([(GROUP, 0, 0), (KEYS["sr25519"].account, 0, 0)])
    return ReferenceTrie(entries)


@pytest.fixture(scope="module")
def parties(state) -> dict[str, Party]:
    listed = pack_items(state.proof_items(proxies_key(PURE)))

    def by_key(message: bytes) -> bytes:
        delegate = KEYS["sr25519"]
        return proxy_evidence(1, SR25519, listed, delegate.evidence(naming(PURE, message)))

    def by_group(message: bytes) -> bytes:
        return proxy_evidence(0, MULTISIG, listed, group_evidence(naming(PURE, message)))

    alone = {name: Party(holder.account, holder.scheme, holder.evidence) for name, holder in KEYS.items()}
    return alone | {
        "multisig": Party(GROUP, MULTISIG, group_evidence),
        "proxy": Party(PURE, PROXY, by_key),
        "proxy, a multisig": Party(PURE, PROXY, by_group),
    }


PARTIES = ["sr25519", "ed25519", "secp256k1", "multisig", "proxy", "proxy, a multisig"]


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury):
    leaves = [Leaf(account, FREE, STAKED) for account in (GROUP, PURE)]
    return World.deploy(
        project,
        chain,
        deployer,
        guardian,
        treasury,
        Estate(list(KEYS.values()), [(FREE, STAKED)] * len(KEYS), extra_leaves=leaves),
    )


@pytest.fixture(scope="module")
def bridge(world, project, deployer, state):
    tables = [deployer.deploy(project.Edwards25519BaseTable, doublings) for doublings in (0, 128)]
    keys = [
        (ED25519, deployer.deploy(project.Ed25519AccountVerifier, *tables)),
        (SR25519, deployer.deploy(project.Sr25519AccountVerifier, *tables)),
        (SECP256K1, world.verifier),
    ]
    multisig = (MULTISIG, deployer.deploy(project.MultisigAccountVerifier, keys))
    proxy = (PROXY, deployer.deploy(project.ProxyAccountVerifier, state.root, 1, [*keys, multisig]))
    return world.create_open(stateRoot=state.root, verifiers=[*keys, multisig, proxy])


@pytest.fixture(scope="module")
def signed_text(bridge, chain, accounts):
    """Callable `(way)`: the sentence to the tenth account, wrapped."""

    def text(way: str, to: str = str(accounts[10]), by: str = bridge.address, on: int = chain.chain_id) -> bytes:
        return sentence(to, by, on, opening=OPENINGS[way], wrapped=True)

    return text


@pytest.fixture(scope="module")
def encoded(world, state, accounts):
    """Callable `(way, account, scheme, evidence)`: a claim to the tenth account, as a batch takes it."""

    def claim(way: str, account: bytes, scheme: int, evidence: bytes) -> bytes:
        recipient = str(accounts[10])
        if way == "native":
            proof = pack_items(state.proof_items(system_account_key(account)))
            return NativeClaim(account, proof, recipient, scheme, True, evidence).encoded()
        tree = world.estate.tree
        index = tree.index_of(account)
        fields = {"into_vault": way == "vault", "scheme": scheme, "evidence": evidence}
        return Claim(account, FREE, STAKED, index, tree.proof(index), recipient, **fields).encoded()

    return claim


@pytest.fixture
def outcomes(bridge, relayer):
    """Callable `(way, claims)`: sends a batch; for each of the claims the error's name, or "paid"."""
    names = {keccak(text=error.selector)[:4]: error.name for error in bridge.contract_type.errors}

    def send(way: str, claims: list[bytes]) -> list[str]:
        batch_of = bridge.claimNativeBatch if way == "native" else bridge.claimBatch
        receipt = batch_of(claims, sender=relayer)
        reasons = {event.index: names[bytes(event.reason)[:4]] for event in receipt.decode_logs(bridge.ClaimRejected)}
        return [reasons.get(number, "paid") for number in range(len(claims))]

    return send


@pytest.mark.parametrize("name", PARTIES)
def test_a_signature_serves_the_way_it_names_and_no_other(
    world, parties, encoded, outcomes, signed_text, accounts, chain, name
):
    party = parties[name]
    evidence = {signed: party.evidence(signed_text(signed)) for signed in OPENINGS}
    for signed in OPENINGS:
        claims = {way: encoded(way, party.account, party.scheme, evidence[signed]) for way in OPENINGS}
        before = chain.snapshot()
        for way in OPENINGS:
            if way != signed:
                assert outcomes(way, [claims[way]]) == ["InvalidEvidence"]
        assert outcomes(signed, [claims[signed]]) == ["paid"]
        liquid = {"liquid": FREE + STAKED, "vault": FREE, "native": FREE}[signed]
        assert world.token.balanceOf(accounts[10]) == liquid * 10**6
        for way in OPENINGS:
            assert outcomes(way, [encoded(way, party.account, party.scheme, evidence[way])]) == ["AlreadyClaimed"]
        chain.restore(before)


@pytest.mark.parametrize("name", PARTIES)
def test_evidence_serves_no_other_account_and_no_other_scheme(parties, encoded, outcomes, signed_text, name):
    party = parties[name]
    evidence = party.evidence(signed_text("liquid"))
    own = (party.account, party.scheme)
    others = set(itertools.product({other.account for other in parties.values()}, range(5))) - {own}
    assert len(others) == 24
    claims = [encoded("liquid", account, scheme, evidence) for account, scheme in [*sorted(others), own]]
    assert outcomes("liquid", claims) == ["InvalidEvidence"] * 24 + ["paid"]


@pytest.mark.parametrize("name", PARTIES)
def test_evidence_serves_no_other_recipient_bridge_or_chain(
    world, parties, encoded, outcomes, signed_text, accounts, name
):
    party = parties[name]
    elsewhere = ({"to": str(accounts[11])}, {"by": world.token.address}, {"on": 1}, {"on": 313370}, {"on": 3133})
    texts = [*(signed_text("liquid", **change) for change in elsewhere), signed_text("liquid")]
    claims = [encoded("liquid", party.account, party.scheme, party.evidence(text)) for text in texts]
    assert outcomes("liquid", claims) == ["InvalidEvidence"] * 5 + ["paid"]


def test_members_and_delegates_names_stand_in_order(parties, encoded, outcomes, signed_text, state):
    """For the pure proxy by the group: outermost first. The other order, one name, or none is another sentence."""
    listed = pack_items(state.proof_items(proxies_key(PURE)))
    text = signed_text("liquid")
    # what `group_evidence` names besides is the group
    wrong = [naming(GROUP, text), text, naming(PURE, naming(PURE, text)), naming(GROUP, naming(GROUP, text))]
    evidence = [group_evidence(inner) for inner in wrong] + [group_evidence(naming(GROUP, text), account=PURE)]
    claims = [encoded("liquid", PURE, PROXY, proxy_evidence(0, MULTISIG, listed, one)) for one in evidence]
    good = encoded("liquid", PURE, PROXY, parties["proxy, a multisig"].evidence(text))
    assert outcomes("liquid", [*claims, good]) == ["InvalidEvidence"] * 5 + ["paid"]


def test_a_member_who_is_a_proxy_too_acts_alone_and_one_with_a_delay_does_not(encoded, outcomes, signed_text, state):
    listed = pack_items(state.proof_items(proxies_key(GROUP)))
    text = naming(GROUP, signed_text("liquid"))
    delayed = proxy_evidence(1, MEMBERS[1].scheme, listed, MEMBERS[1].evidence(text))
    # Signed as a member, for this account and recipient: no more than this proxy could sign anyway.
    alone = proxy_evidence(0, MEMBERS[0].scheme, listed, MEMBERS[0].evidence(text))
    claims = [(PROXY, delayed), (MULTISIG, MEMBERS[0].evidence(text)), (MULTISIG, alone), (PROXY, alone)]
    batch = [encoded("liquid", GROUP, scheme, evidence) for scheme, evidence in claims]
    assert outcomes("liquid", batch) == ["InvalidEvidence"] * 3 + ["paid"]


def test_a_proof_of_balances_shows_no_proxies(encoded, outcomes, signed_text, state):
    balances = pack_items(state.proof_items(system_account_key(PURE)))
    delegate = KEYS["sr25519"].evidence(naming(PURE, signed_text("liquid")))
    evidence = [proxy_evidence(place, SR25519, balances, delegate) for place in (0, 1)]
    assert outcomes("liquid", [encoded("liquid", PURE, PROXY, one) for one in evidence]) == ["InvalidEvidence"] * 2


def bend(rng: random.Random, encoded: bytes) -> bytes:
    """A claim's encoding with up to three of its words or bytes changed, or cut, or lengthened."""
    bent = bytearray(encoded)
    for _ in range(rng.randrange(1, 4)):
        action, at = rng.randrange(7), rng.randrange(len(bent) // 32)
        word = slice(32 * at, 32 * at + 32)
        if action == 0:
            bent[word] = rng.randrange(0, len(bent) + 64).to_bytes(32, "big")  # an offset or a length
        elif action == 1:
            other = rng.randrange(len(bent) // 32)
            bent[word] = bent[32 * other : 32 * other + 32]
        elif action == 2:
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
        elif action == 3:
            bent[word] = rng.choice([bytes(32), b"\xff" * 32, (1).to_bytes(32, "big"), (2**255).to_bytes(32, "big")])
        elif action == 4:
            del bent[rng.randrange(len(bent) - 64) + 64 :]
        elif action == 5:
            bent += rng.randbytes(rng.randrange(1, 70))
        else:
            bent[word] = (int.from_bytes(bent[word], "big") + rng.choice([-32, -1, 1, 31, 32]) & 2**256 - 1).to_bytes(
                32, "big"
            )
        if len(bent) < 128:
            break
    return bytes(bent)


@pytest.mark.parametrize("way", ["liquid", "native"])
def test_no_bent_encoding_pays_anything_but_what_was_signed_for(
    world, bridge, encoded, signed_text, accounts, relayer, chain, way
):
    """Some bends change nothing that counts, such as bytes between the parts. None pays another amount or recipient,
    none reverts the batch, and the good claim at its end is paid.
    """
    good, last = (
        encoded(way, KEYS[name].account, KEYS[name].scheme, KEYS[name].evidence(signed_text(way)))
        for name in ("secp256k1", "ed25519")
    )
    amount = (FREE if way == "native" else FREE + STAKED) * 10**6
    batch_of = bridge.claimNativeBatch if way == "native" else bridge.claimBatch
    accounts_sent = {KEYS["secp256k1"].account, KEYS["ed25519"].account}
    rng, harmless = random.Random(31), 0
    for _ in range(6 if chain.provider.name == "foundry" else 1):
        bent = [one for one in (bend(rng, good) for _ in range(40)) if one != good]
        before = chain.snapshot()
        receipt = batch_of([*bent, last], sender=relayer)
        paid = receipt.decode_logs(bridge.Claimed)
        assert {event.account for event in paid} <= accounts_sent
        assert all(event.recipient == accounts[10] and event.paidAmount == amount for event in paid)
        assert bridge.isClaimed(KEYS["ed25519"].account)
        assert world.token.balanceOf(accounts[10]) == amount * len(paid) == bridge.totalPaid()
        harmless += len(paid) - 1
        chain.restore(before)
    assert harmless <= 6
