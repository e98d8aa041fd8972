# SPDX-License-Identifier: Apache-2.0
"""Judges cases that depart from good evidence, each as if no other had been."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ape.exceptions import ContractLogicError
from cryptography import x509

from pha.attestation.intel.calldata import authority_key, revocation_order
from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.generator import Evidence, EvidenceSpec, Kind, build, good
from tests.direct_call import CallFailedError, send
from tests.unit.attestation.intel_suite import IntelSuite, Judgement, leaf_der, put_evidence

DAY = 86_400
#: How far ahead of the chain's time cases are judged, so that what expires before then can still be put in.
AHEAD = 40 * DAY
#: How long before the judgement good collateral was issued: before the chain's time.
AGE = 45 * DAY


@dataclass(frozen=True)
class Piece:
    """One thing to be put in: from when on it can be, and how."""

    since: int
    put: Callable[[], object]


class CaseCourt:
    """Judges departures from good evidence.

    Where a case leaves the good collateral of its kind as it was, contracts that have it are asked. Any other is put
    piece by piece into contracts that know only the root, each as soon as it is valid, and then judged at the case's
    moment; what that did is undone by the caller. So time only ever goes forward, and no case is left out for dates.
    """

    def __init__(self, project: Any, sender: Any, chain: Any, kinds: tuple[Kind, ...] = tuple(Kind)) -> None:
        self.project, self.sender, self.chain = project, sender, chain
        self.at = chain.pending_timestamp + AHEAD
        self.good = {kind: build(self.spec(kind)) for kind in kinds}
        self.root = self.good[kinds[0]].root_der
        self.bare = IntelSuite(project, sender, self.root)
        self.ready: dict[Kind, IntelSuite] = {}
        for kind, evidence in self.good.items():
            self.ready[kind] = IntelSuite(project, sender, self.root)
            put_evidence(self.ready[kind], evidence)

    def spec(self, kind: Kind) -> EvidenceSpec:
        """What good evidence of a kind is made from, for the moment of the judgement."""
        return good(kind, self.at, age=AGE)

    def judge_evidence(self, evidence: Evidence, allowances: int = 0) -> Judgement:
        """The verdict on what was built from a spec."""
        kind, collateral = evidence.spec.kind, evidence.collateral
        return self.judge(kind, evidence.quote, collateral, evidence.at, evidence.root_der, allowances)

    def judge(
        self, kind: Kind, quote: bytes, collateral: Collateral, at: int, root: bytes, allowances: int = 0
    ) -> Judgement:
        """The verdict at that moment."""
        suite = self.ready[kind]
        if root != self.root or collateral != self.good[kind].collateral:
            suite = self.bare
            try:
                if root != self.root:
                    suite = IntelSuite(self.project, self.sender, root)
                self._put_in_time(suite, collateral, at)
            except CallFailedError as error:
                return Judgement("Invalid", error.name, "None", frozenset(), None)
            except ContractLogicError:
                return Judgement("Invalid", "RootRefused", "None", frozenset(), None)
        if self._now() < at:
            self._set_next(at)
            self.chain.mine()
        assert self._now() == at, "too late for this case"
        return suite.judge(quote, allowances)

    def _put_in_time(self, suite: IntelSuite, collateral: Collateral, at: int) -> None:
        for piece in sorted(self._pieces(suite, collateral), key=lambda piece: piece.since):
            # What is valid only after the judgement is tried at its moment, and is refused then.
            self._set_next(min(piece.since, at))
            piece.put()

    def _pieces(self, suite: IntelSuite, collateral: Collateral) -> list[Piece]:
        """In the order they need one another; a sort by time keeps it."""
        try:
            signer, ca = leaf_der(collateral.tcb_info_issuer_chain), leaf_der(collateral.pck_crl_issuer_chain)
        except ValueError as error:
            raise CallFailedError("ChainUnreadable") from error
        put = suite.certificates.putAuthority
        root_list, signer_from, ca_from = _crl_from(collateral.root_ca_crl), _from(signer), _from(ca)
        signed_from = max(root_list, signer_from)
        return [
            Piece(root_list, lambda: self._put_crl(suite, None, collateral.root_ca_crl)),
            Piece(signer_from, lambda: send(self.sender, put, signer)),
            Piece(ca_from, lambda: send(self.sender, put, ca)),
            Piece(
                max(ca_from, _crl_from(collateral.pck_crl)),
                lambda: self._put_crl(suite, ca, collateral.pck_crl),
            ),
            Piece(
                max(signed_from, _issued(collateral.tcb_info)),
                lambda: self._put_text(
                    suite, suite.collateral.putTcbInfo, signer, collateral.tcb_info, collateral.tcb_info_signature
                ),
            ),
            Piece(
                max(signed_from, _issued(collateral.qe_identity)),
                lambda: self._put_text(
                    suite,
                    suite.collateral.putIdentity,
                    leaf_der(collateral.qe_identity_issuer_chain),
                    collateral.qe_identity,
                    collateral.qe_identity_signature,
                ),
            ),
        ]

    def _put_crl(self, suite: IntelSuite, ca: bytes | None, crl: bytes) -> None:
        authority = 0 if ca is None else suite.certificates.findAuthority(*authority_key(ca))
        try:
            order = revocation_order(crl)
        except ValueError:
            order = b""  # no list to any reader: the contract is to say so itself
        send(self.sender, suite.certificates.putRevocationList, authority, crl, order)

    def _put_text(self, suite: IntelSuite, method: Any, signer: bytes, text: str, signature: bytes) -> None:
        send(self.sender, method, text.encode(), signature, suite.certificates.findAuthority(*authority_key(signer)))

    def _now(self) -> int:
        return int(self.chain.blocks.head.timestamp)

    def _set_next(self, moment: int) -> None:
        """The next block's time; no earlier than the last one's."""
        if self.chain.provider.name == "foundry":
            # A second may have several blocks here, so that pieces valid from one second on can all go in.
            self.chain.provider.make_request("evm_setNextBlockTimestamp", [max(moment, self._now())])
        elif moment > self._now():
            self.chain.pending_timestamp = moment


def _from(der: bytes) -> int:
    return int(x509.load_der_x509_certificate(der).not_valid_before_utc.timestamp())


def _crl_from(der: bytes) -> int:
    """When a list was issued; the beginning of time where that can't be read."""
    try:
        return int(x509.load_der_x509_crl(der).last_update_utc.timestamp())
    except ValueError:
        return 0


def _issued(text: str) -> int:
    """When a text was issued; the beginning of time where that can't be read."""
    try:
        return int(datetime.fromisoformat(json.loads(text)["issueDate"]).timestamp())
    except (ValueError, KeyError, TypeError):
        return 0
