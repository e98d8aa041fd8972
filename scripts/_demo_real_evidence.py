# SPDX-License-Identifier: Apache-2.0
"""The demo's last part, where real evidence is at hand: quotes and reports of real hardware under vendors' roots."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import ape
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from eth_utils import to_hex
from rich.console import Console
from rich.table import Table

from migrations.compiled import CompiledContracts
from migrations.connection import MIGRATIONS
from pha.attestation.amd import calldata as amd
from pha.attestation.amd.enrolment import remaining as amd_steps
from pha.attestation.amd.product import Product
from pha.attestation.intel.collateral import Collateral
from pha.attestation.intel.quote import TEE_TDX, parse_quote
from pha.attestation.nvidia.calldata import Tables, evidence_of
from pha.attestation.nvidia.chain import load_chain
from pha.attestation.nvidia.report import read_evidence
from pha.deployment.project import load_project
from scripts._demo_vendors import OnChain

# When each collateral was in force, in Unix seconds.
INTEL = {
    "sgx_v3": ("sgx_v3", 1_751_000_000),
    "sgx_v3_debug": ("sgx_v3", 1_751_000_000),
    "tdx_v4": ("tdx_v4", 1_751_000_000),
    "tdx_v5": ("tdx_v5", 1_772_000_000),
    "tdx_v5_no_tcb_level": ("tdx_v5", 1_772_000_000),
}
AMD = ("milan", "milan_debug_policy")
OUTCOMES = ("invalid", "refused", "accepted")
STATUSES = (
    "",
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
    "TDRelaunchAdvised",
    "TDRelaunchAdvisedConfigurationNeeded",
)
STALE_REVOCATION = 1 << 5  # AMD: the evidence comes without a revocation list
UNKNOWN_REFERENCES = 1  # NVIDIA: no reference values have been put in here

console = Console(width=140)


class Contracts(NamedTuple):
    """Contracts with the vendors' own roots, by the names that the steps give them."""

    intel_certificates: object
    intel_collateral: object
    sgx_verifier: object
    tdx_verifier: object
    amd_certificates: object
    snp_verifier: object
    nvidia_certificates: object
    gpu_verifier: object
    p384_tables: object


def judge_real_evidence(suite, folder: Path, sender) -> None:
    """Judge what lies in a folder of real evidence, each at the time at which its collateral was in force.

    The chain's time goes back for it, so this comes last.
    """
    console.rule("Real hardware's evidence, under Intel's, AMD's and NVIDIA's roots")
    table = Table("evidence", "verdict", "status", "advisories")
    for name, (collateral, seconds) in INTEL.items():
        at(seconds)
        contracts = deploy(suite, sender)
        text = (folder / "intel" / f"{collateral}.collateral.json").read_text()
        OnChain(contracts, sender).put_intel(Collateral.from_json(text))
        quote = (folder / "intel" / f"{name}.quote").read_bytes()
        is_tdx = parse_quote(quote).header.tee_type == TEE_TDX
        verifier = contracts.tdx_verifier if is_tdx else contracts.sgx_verifier
        table.add_row(f"Intel {name}", *words(verifier.judge(quote, 0)))
    issuer_pem = (folder / "amd" / "milan.ask_ark.pem").read_bytes()
    issuer = x509.load_pem_x509_certificates(issuer_pem)[0].public_bytes(Encoding.DER)
    for name in AMD:
        certificate = (folder / "amd" / f"{name}.vcek.der").read_bytes()
        for step in amd_steps([certificate], [(Product.MILAN, issuer)], OnChain(contracts, sender)):
            contract = contracts.p384_tables if step.contract == "registry" else contracts.amd_certificates
            getattr(contract, step.method)(*step.arguments, sender=sender)
        index = contracts.amd_certificates.findAuthority(*amd.authority_key(issuer))
        raw = amd.evidence((folder / "amd" / f"{name}.report").read_bytes(), certificate, index)
        table.add_row(f"AMD {name}", *words(contracts.snp_verifier.judge(raw, STALE_REVOCATION)))
    chain, tables = load_chain((folder / "nvidia" / "hopper.chain.pem").read_bytes()), Tables()
    OnChain(contracts, sender).put_nvidia(chain, tables)
    (entry,) = read_evidence((folder / "nvidia" / "hopper.report.hex").read_bytes())
    raw = evidence_of(entry.report, chain, tables)
    table.add_row("NVIDIA hopper", *words(contracts.gpu_verifier.judge(raw, UNKNOWN_REFERENCES)))
    console.print(table)


def deploy(suite, sender) -> Contracts:
    """The verifiers with the roots that a public network gets; P-384's tables are the suite's."""
    parameters = load_project(MIGRATIONS, "local", CompiledContracts(ape.project)).parameters
    project, manager = ape.project, suite.access_manager
    intel = sender.deploy(project.IntelCertificates, parameters["attestation.intel_root"])
    collateral = sender.deploy(project.IntelCollateral, intel)
    lines = ("milan", "genoa", "turin")
    chips = sender.deploy(project.AmdCertificates, *(parameters[f"attestation.amd_root_{line}"] for line in lines))
    floors = sender.deploy(project.SnpFloors, manager, *[(0,) * 9] * 3)
    revocations = sender.deploy(project.NvidiaRevocations, manager)
    devices = sender.deploy(
        project.NvidiaCertificates, suite.p384_verifier, revocations, parameters["attestation.nvidia_root"]
    )
    references = sender.deploy(project.NvidiaReferences, manager)
    if not all(contract.isProductionRoot() for contract in (intel, chips, devices)):
        raise ValueError("a root is not the vendor's")
    return Contracts(
        intel_certificates=intel,
        intel_collateral=collateral,
        sgx_verifier=sender.deploy(project.SgxQuoteVerifier, intel, collateral),
        tdx_verifier=sender.deploy(project.TdxQuoteVerifier, intel, collateral),
        amd_certificates=chips,
        snp_verifier=sender.deploy(project.SnpVerifier, chips, floors, suite.p384_verifier),
        nvidia_certificates=devices,
        gpu_verifier=sender.deploy(project.NvidiaGpuVerifier, devices, references),
        p384_tables=suite.p384_tables,
    )


def words(verdict) -> tuple[str, str, str]:
    """Outcome with its reason, status, advisories."""
    reason = text_of(verdict.reason)
    advisories = ", ".join(text_of(name) for name in verdict.advisories)
    return f"{OUTCOMES[verdict.outcome]}{': ' + reason if reason else ''}", STATUSES[verdict.status], advisories


def text_of(word: bytes) -> str:
    return bytes(word).rstrip(b"\0").decode()


def at(seconds: int) -> None:
    """Put the local chain's clock to a time, which may be in the past."""
    ape.chain.provider.make_request("evm_setTime", [to_hex(seconds)])
    ape.chain.mine()
