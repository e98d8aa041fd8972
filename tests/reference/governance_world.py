# SPDX-License-Identifier: Apache-2.0
"""Deploying governance for tests, and taking proposals through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tests.reference.chain_time import ChainTime

PHA = 10**18
HOUR = 3600
DAY = 24 * HOUR
ZERO_ADDRESS = "0x" + "00" * 20

VOTING_DELAY = DAY
VOTING_PERIOD = 7 * DAY
THRESHOLD = 100_000 * PHA
QUORUM_BPS = 400
EXTENSION = 2 * DAY
TIMELOCK_DELAY = 2 * DAY
VALUES = [VOTING_DELAY, VOTING_PERIOD, THRESHOLD, QUORUM_BPS, EXTENSION]

AGAINST, FOR, ABSTAIN = range(3)
PENDING, ACTIVE, CANCELED, DEFEATED, SUCCEEDED, QUEUED, EXPIRED, EXECUTED = range(8)


@dataclass(frozen=True)
class Proposed:
    """A proposal as the governor's functions take it, and its id by the definition of OpenZeppelin's Governor."""

    id: int
    targets: list[Any]
    values: list[int]
    calldatas: list[bytes]
    description: str

    @property
    def operation(self) -> tuple[list[Any], list[int], list[bytes], bytes]:
        """Arguments of queue, execute and cancel."""
        return self.targets, self.values, self.calldatas, keccak(text=self.description)


@dataclass
class Governance(ChainTime):
    """The ground with a governor on it; the timelock administers everything."""

    project: Any
    chain: Any
    token: Any
    manager: Any
    timelock: Any
    governor: Any

    @classmethod
    def deploy(cls, project, chain, deployer, *, guardian, council, sources=(), values=None) -> Governance:
        """`deployer` gets all PHA; `council` may propose to the timelock as well, and anyone executes."""
        token = deployer.deploy(project.PhaToken, deployer)
        manager = deployer.deploy(project.PhaAccessManager, deployer)
        timelock = deployer.deploy(project.PhaTimelock, TIMELOCK_DELAY, [council], [ZERO_ADDRESS], deployer)
        chain.pending_timestamp = chain.blocks.head.timestamp + 10
        governor = deployer.deploy(
            project.PhaGovernor,
            (token, timelock, guardian, [one(token) for one in sources], values or VALUES),
        )
        for role in ("PROPOSER_ROLE", "CANCELLER_ROLE"):
            timelock.grantRole(keccak(text=role), governor, sender=deployer)
        timelock.renounceRole(bytes(32), deployer, sender=deployer)
        manager.grantRole(0, timelock, 0, sender=deployer)
        manager.renounceRole(0, deployer, sender=deployer)
        return cls(project, chain, token, manager, timelock, governor)

    def fund(self, deployer, account, amount: int) -> None:
        """Gives an account PHA that it votes with itself."""
        self.token.transfer(account, amount, sender=deployer)
        self.token.invoke_transaction("delegate", account, sender=account)  # `delegate` is None in ape

    def draft(self, calls, description: str = "A proposal") -> Proposed:
        """A proposal of calls `(bound method, *arguments)`, not proposed yet."""
        targets = [call[0].contract for call in calls]
        calldatas = [bytes(call[0].encode_input(*call[1:])) for call in calls]
        return self.draft_raw(targets, [0] * len(calls), calldatas, description)

    def draft_raw(self, targets, values, calldatas, description: str) -> Proposed:
        """The same from what the governor takes. The id is not asked of the governor."""
        from eth_abi import encode

        encoded = encode(
            ["address[]", "uint256[]", "bytes[]", "bytes32"],
            [[str(one) for one in targets], values, calldatas, keccak(text=description)],
        )
        return Proposed(int.from_bytes(keccak(encoded), "big"), targets, values, calldatas, description)

    def propose(self, calls, proposer, description: str = "A proposal") -> Proposed:
        """Proposes calls `(bound method, *arguments)`."""
        proposal = self.draft(calls, description)
        self.governor.propose(
            proposal.targets, proposal.values, proposal.calldatas, proposal.description, sender=proposer
        )
        return proposal

    def open(self, proposal: Proposed) -> None:
        """Goes to the first second in which votes are taken."""
        self.travel_to(self.governor.proposalSnapshot(proposal.id) + 1)

    def close(self, proposal: Proposed) -> None:
        """Goes to the first second in which votes are no longer taken."""
        self.travel_to(self.governor.proposalDeadline(proposal.id) + 1)

    def pass_vote(self, proposal: Proposed, voters) -> None:
        """Opens, has all voters vote in favour, closes."""
        self.open(proposal)
        for voter in voters:
            self.governor.castVote(proposal.id, FOR, sender=voter)
        self.close(proposal)

    def carry_out(self, calls, voters, description: str = "A proposal"):
        """Propose, vote, queue, wait, execute; the receipt of the execution. The first proposes, the last sends."""
        proposal = self.propose(calls, voters[0], description)
        self.pass_vote(proposal, voters)
        self.governor.queue(*proposal.operation, sender=voters[-1])
        self.travel(TIMELOCK_DELAY)
        return self.governor.execute(*proposal.operation, sender=voters[-1])

    def state(self, proposal: Proposed) -> int:
        return self.governor.state(proposal.id)

    def sign_ballot(self, voter, proposal: Proposed, support: int, nonce: int) -> bytes:
        """An EIP-712 signature over OpenZeppelin's `Ballot`, by an account of ape's."""
        return self._sign(
            voter,
            "Ballot",
            [("proposalId", "uint256"), ("support", "uint8"), ("voter", "address"), ("nonce", "uint256")],
            {"proposalId": proposal.id, "support": support, "voter": voter.address, "nonce": nonce},
        )

    def sign_extended(self, voter, proposal: Proposed, support: int, nonce: int, reason: str, params: bytes) -> bytes:
        """The same over `ExtendedBallot`, which has reason and parameters."""
        return self._sign(
            voter,
            "ExtendedBallot",
            [
                ("proposalId", "uint256"),
                ("support", "uint8"),
                ("voter", "address"),
                ("nonce", "uint256"),
                ("reason", "string"),
                ("params", "bytes"),
            ],
            {
                "proposalId": proposal.id,
                "support": support,
                "voter": voter.address,
                "nonce": nonce,
                "reason": reason,
                "params": params,
            },
        )

    def _sign(self, voter, kind, fields, message) -> bytes:
        domain = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]
        data = {
            "types": {
                "EIP712Domain": [{"name": name, "type": type_name} for name, type_name in domain],
                kind: [{"name": name, "type": type_name} for name, type_name in fields],
            },
            "primaryType": kind,
            "domain": {
                "name": "PhaGovernor",
                "version": "1",
                "chainId": self.chain.chain_id,
                "verifyingContract": self.governor.address,
            },
            "message": message,
        }
        return voter.sign_message(encode_typed_data(full_message=data)).encode_rsv()
