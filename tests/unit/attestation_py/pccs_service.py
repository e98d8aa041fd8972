# SPDX-License-Identifier: Apache-2.0
"""A provisioning certificate caching service that runs in the test."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field


@dataclass
class Service:
    """Answers by path; a list of answers is given one after another, the last one for good."""

    url: str = ""
    answers: dict[str, list[tuple[int, bytes, dict[str, str]]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(path, []).append((status, body, named))


def publish(service: Service, evidence, hexadecimal: bool = True) -> None:
    """Serve an evidence's collateral as a PCCS does; Intel's own service gives lists as DER."""
    collateral, spec = evidence.collateral, evidence.spec
    tee = "tdx" if spec.kind.is_tdx else "sgx"
    quoted = {
        name: urllib.parse.quote(getattr(collateral, f"{name}_issuer_chain"))
        for name in ("pck_crl", "tcb_info", "qe_identity")
    }

    def der(data: bytes) -> bytes:
        return data.hex().encode() if hexadecimal else data

    crl = f"/sgx/certification/v4/pckcrl?ca={spec.pck.ca}&encoding=der"
    service.serve(crl, der(collateral.pck_crl), SGX_PCK_CRL_Issuer_Chain=quoted["pck_crl"])
    service.serve("/sgx/certification/v4/rootcacrl", der(collateral.root_ca_crl))
    body = f'{{"tcbInfo":{collateral.tcb_info},"signature":"{collateral.tcb_info_signature.hex()}"}}'
    tcb = f"/{tee}/certification/v4/tcb?fmspc={spec.pck.extension.fmspc.hex().upper()}"
    service.serve(tcb, body.encode(), TCB_Info_Issuer_Chain=quoted["tcb_info"])
    signature = collateral.qe_identity_signature.hex()
    body = f'{{"enclaveIdentity":{collateral.qe_identity},"signature":"{signature}"}}'
    identity = f"/{tee}/certification/v4/qe/identity"
    service.serve(identity, body.encode(), SGX_Enclave_Identity_Issuer_Chain=quoted["qe_identity"])
