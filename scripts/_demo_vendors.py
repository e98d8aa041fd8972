# SPDX-License-Identifier: Apache-2.0
"""Made-up vendors of the demo: Intel, AMD and NVIDIA with roots of our own, and machines that quote under them.

Every signature is a real one and is verified by the very contracts that real evidence meets; only the roots are others.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import replace

from eth_abi.abi import encode
from eth_utils import to_canonical_address

from pha.attestation.amd import calldata as amd
from pha.attestation.amd import generator as amd_generator
from pha.attestation.amd.enrolment import remaining as amd_steps
from pha.attestation.amd.product import Product
from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.enrolment import steps_for
from pha.attestation.intel.generator import Kind, build, good
from pha.attestation.intel.status import TcbStatus
from pha.attestation.nvidia import calldata as nvidia
from pha.attestation.nvidia import generator as nvidia_generator
from pha.attestation.nvidia.enrolment import remaining as nvidia_steps
from pha.attestation.nvidia.references import DECODER, driver_id, encode_entries, vbios_id
from pha.attestation.nvidia.report import parse_report
from pha.attestation.registry import composite_identity, sgx_enclave_identity, snp_identity, tdx_measured_identity
from pha.attestation.report_data import report_data
from pha.cryptography.p384_table_job import Stage

MODEL = "GH100"
UPDATED = (5, 5, 2, 2, 4, 1, 0, 5)  # microcode that the recovery asks for
ADVISORY = "INTEL-SA-01300"


class Vendors:
    """The three vendors at a time, in Unix seconds, from which on all that they sign is valid."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.sgx, self.tdx = good(Kind.SGX_V3, at), good(Kind.TDX_V5, at)
        self.updated_tdx = self._second_platform()
        self.snp = amd_generator.good(Product.MILAN, 2, at)
        self.gpu = nvidia_generator.good(at)
        self.tables = nvidia.Tables()

    def _second_platform(self):
        """Another machine of the same model, whose owner has put the new microcode in before he had to."""
        extension = self.tdx.pck.extension
        components = UPDATED + extension.components[len(UPDATED) :]
        other = hashlib.sha256(b"second platform").digest()[:16]
        extension = replace(extension, components=components, cpu_svn=bytes(components), ppid=other)
        pck = replace(self.tdx.pck, extension=extension, key="second pck", serial=self.tdx.pck.serial + 1)
        signers = replace(self.tdx.signers, qe_report="second pck")
        return replace(self.tdx, pck=pck, signers=signers)

    def roots(self) -> dict[str, str]:
        """The parameters that name the vendors' roots."""
        amd_roots = dict(zip(("milan", "genoa", "turin"), amd_generator.roots(self.at), strict=True))
        roots = {f"attestation.amd_root_{line}": der for line, der in amd_roots.items()}
        roots["attestation.intel_root"] = build(self.sgx).root_der
        roots["attestation.nvidia_root"] = nvidia_generator.build(self.gpu).chain.root.der
        return {name: f"0x{der.hex()}" for name, der in roots.items()}

    def recovery(self, issued: int):
        """Collateral of a TCB recovery: what was up to date is out of date, by an advisory; new microcode is needed."""
        first, *others = self.tdx.tcb_info.levels
        needed = tuple(
            replace(component, svn=svn) for component, svn in zip(first.sgx_components, UPDATED, strict=False)
        )
        needed += first.sgx_components[len(UPDATED) :]
        outdated = replace(first, status=TcbStatus.OUT_OF_DATE, advisory_ids=(ADVISORY,))
        tcb_info = replace(
            self.tdx.tcb_info,
            issue_date=issued,
            next_update=issued + 30 * 86_400,
            tcb_evaluation_data_number=self.tdx.tcb_info.tcb_evaluation_data_number + 1,
            levels=(replace(first, sgx_components=needed), outdated, *others),
        )
        return build(replace(self.tdx, tcb_info=tcb_info)).collateral


class OnChain:
    """What the vendors' plans ask of a deployed suite, and the sending of what they answer. Anyone may do all of it."""

    def __init__(self, suite, sender) -> None:
        self.suite, self.sender = suite, sender
        self.gas = 0

    def find_authority(self, *key) -> int:
        return self.suite.intel_certificates.findAuthority(*key)

    def has_authority(self, *key) -> bool:
        return self.suite.amd_certificates.findAuthority(*key) != 0

    def has_certificate(self, certificate: bytes) -> bool:
        return self.suite.nvidia_certificates.has(certificate)

    def table_stage(self, key_hash: bytes) -> Stage:
        return Stage(self.suite.p384_tables.stageOf(key_hash))

    def send(self, contract, step) -> None:
        self.gas += getattr(contract, step.method)(*step.arguments, sender=self.sender).gas_used

    def put_intel(self, collateral) -> None:
        for step in steps_for(collateral, self):
            self.send(getattr(self.suite, f"intel_{step.contract}"), step)

    def put_amd(self, evidence, product: Product) -> None:
        for step in amd_steps([evidence.endorsement], [(product, evidence.authority)], self):
            self.send(self.suite.p384_tables if step.contract == "registry" else self.suite.amd_certificates, step)
        receipt = self.suite.amd_certificates.putRevocationList(product, evidence.crl, sender=self.sender)
        self.gas += receipt.gas_used

    def put_nvidia(self, chain, tables) -> None:
        for step in nvidia_steps(chain, self, tables):
            contract = self.suite.p384_tables if step.contract == "registry" else self.suite.nvidia_certificates
            self.send(contract, step)


class Machine(ABC):
    """A worker's machine: quotes whatever its program wants to have signed, as of a kind of evidence."""

    def __init__(self, name: str, kind: str, identity: bytes, attributes: bytes, model: str = "") -> None:
        self.name, self.kind, self.identity, self.attributes, self.model = name, kind, identity, attributes, model

    def submission(self, suite, chain_id: int, key: str, block) -> tuple:
        """Arguments of the registry's `submit`: evidence for a key, fresh by a block."""
        registry = to_canonical_address(suite.attestation_registry.address)
        parts = (chain_id, registry, to_canonical_address(key), bytes(block["hash"]), self.identity)
        evidence = self.evidence(suite, report_data(*parts, self.devices()))
        return key, self.identity, block["number"], evidence, b""

    def devices(self) -> list[bytes]:
        """The GPUs' platforms."""
        return []

    @abstractmethod
    def evidence(self, suite, data: bytes) -> bytes:
        """What its hardware signs over 64 bytes of report data, in the form that the registry's reader takes."""


class IntelMachine(Machine):
    """SGX or TDX."""

    def __init__(self, name: str, spec) -> None:
        self.spec = spec
        if spec.kind.is_tdx:
            kind, identity = "intel.tdx", tdx_measured_identity(spec.body)
            attributes = spec.body.td_attributes + spec.body.xfam
        else:
            kind, identity, attributes = "intel.sgx", sgx_enclave_identity(spec.body), spec.body.attributes
        super().__init__(name, kind, identity, attributes)

    def evidence(self, _suite, data: bytes) -> bytes:
        return trimmed(build(replace(self.spec, body=replace(self.spec.body, report_data=data))).quote)


class SnpMachine(Machine):
    """AMD SEV-SNP."""

    def __init__(self, name: str, spec) -> None:
        self.spec = spec
        report = spec.report
        attributes = report.policy.to_bytes(8, "little") + report.platform_info.to_bytes(8, "little")
        super().__init__(name, "amd.sev-snp", snp_identity(report.measurement, report.host_data), attributes)

    def evidence(self, suite, data: bytes) -> bytes:
        made = amd_generator.build(replace(self.spec, report=replace(self.spec.report, report_data=data)))
        issuer = suite.amd_certificates.findAuthority(*amd.authority_key(made.authority))
        return amd.evidence(made.report, made.endorsement, issuer)


class GpuMachine(IntelMachine):
    """TDX with an NVIDIA GPU that answers the nonce in the TD's report data."""

    def __init__(self, name: str, spec, gpu, tables) -> None:
        super().__init__(name, spec)
        self.gpu, self.tables = gpu, tables
        self.kind, self.model = "intel.tdx+nvidia.gpu", MODEL
        self.identity = composite_identity(self.identity, MODEL)

    def devices(self) -> list[bytes]:
        return [nvidia.key_hash(nvidia_generator.build(self.gpu).chain.device.point)]

    def evidence(self, suite, data: bytes) -> bytes:
        cpu = super().evidence(suite, data)
        made = nvidia_generator.build(replace(self.gpu, report=replace(self.gpu.report, nonce=data[32:])))
        return encode(["bytes", "bytes[]"], [cpu, [nvidia.evidence_of(made.report, made.chain, self.tables)]])

    def references(self) -> list[tuple[bytes, bytes]]:
        """Reference sets as governance puts them in: the driver's and the VBIOS's."""
        made = nvidia_generator.build(self.gpu)
        answer = parse_report(made.report).answer
        values = {block.index: (block.value,) for block in answer.blocks if block.index != DECODER}
        driver = {index: value for index, value in values.items() if index % 2}
        vbios = {index: value for index, value in values.items() if not index % 2}
        return [
            (driver_id(made.chain.model, answer.opaque), encode_entries(driver)),
            (vbios_id(answer.opaque), encode_entries(vbios)),
        ]
