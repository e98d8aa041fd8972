# SPDX-License-Identifier: Apache-2.0
"""Deploying VestingClaims for tests, and the leaves and claims as its description says, from nothing under test."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from eth_utils import to_checksum_address

from tests.reference.bridge_setup import DAY, SCALE, UNITS
from tests.reference.claims import KEYLESS, SECP256K1, Holder, Leaf, SumTree, keccak, sentence

START_LATER = 10 * DAY
LONG = 100 * DAY


@dataclass(frozen=True)
class Scheduled:
    """One schedule, from the description of the leaf."""

    account: bytes
    start: int
    duration: int
    number: int
    amount: int

    @property
    def identity(self) -> bytes:
        return keccak(self.account + struct.pack(">QQQ", self.start, self.duration, self.number))


class Vesting:
    """A deployed contract and the tree it pays from."""

    def __init__(self, world, holders, now: int | None = None) -> None:
        self.world = world
        now = world.now if now is None else now
        self.holders = holders
        self.schedules = [
            Scheduled(holders[0].account, now - 50 * DAY, LONG, 0, 1000 * UNITS + 7),
            Scheduled(holders[0].account, now + START_LATER, LONG, 1, 50 * UNITS),
            Scheduled(holders[0].account, now + START_LATER, LONG, 2, 50 * UNITS),
            Scheduled(holders[1].account, now - 200 * DAY, LONG, 0, 3),
            Scheduled(holders[2].account, now, LONG, 0, 0),
            *(Scheduled(account, now, LONG, 0, 5) for account in KEYLESS),
        ]
        self.tree = SumTree([Leaf(one.identity, one.amount, 0) for one in self.schedules])

    def configuration(self, **changes):
        return {
            "token": self.world.token,
            "treasury": self.world.treasury,
            "claimRoot": self.tree.root,
            "cap": self.tree.total,
            "deadline": self.world.now + 365 * DAY,
            "verifiers": [(SECP256K1, self.world.verifier)],
            **changes,
        }

    def create(self, **changes):
        configuration = tuple(self.configuration(**changes).values())
        return self.world.deployer.deploy(self.world.project.VestingClaims, configuration)

    def fund(self, contract, amount=None) -> None:
        self.world.token.mint(contract, amount or self.tree.total * SCALE, sender=self.world.deployer)

    def create_open(self):
        contract = self.create()
        self.fund(contract)
        contract.open(sender=self.world.deployer)
        return contract

    def claim(self, contract, one: Scheduled, recipient, signer: Holder, **changes) -> tuple:
        index = self.tree.index_of(one.identity)
        wrapped = changes.pop("wrapped", True)
        message = sentence(str(recipient), contract.address, self.world.chain.chain_id, wrapped=wrapped)
        fields = {
            "account": one.account,
            "start": one.start,
            "duration": one.duration,
            "number": one.number,
            "amount": one.amount,
            "index": index,
            "proof": self.tree.proof(index),
            "recipient": to_checksum_address(str(recipient)),
            "scheme": SECP256K1,
            "wrapped": wrapped,
            "evidence": signer.evidence(message),
        }
        return tuple((fields | changes).values())
