# SPDX-License-Identifier: Apache-2.0
"""What an enclave commits to for the attestation registry, and the names by which the registry knows code and grounds.

The registry's README and contracts define all of it; here it is computed from the same bytes a TEE gives, with nothing
but hashes, so that a worker, an operator and a test can tell beforehand what the chain will say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sha3 import keccak_256

from pha.attestation.intel.report import SgxReport, TdReport10, TdReport15
from pha.attestation.intel.status import TcbStatus

HOLDER_DOMAIN = b"pha.attestation.holder.v1"
NO_DEVICES = bytes(32)
#: Proofs by which a TD's identity is asked for in another than the plain form.
TDX_AGGREGATED = b"\x01"
TDX_PROVEN = b"\x02"

#: Advisories that leave `ConfigurationNeeded` at level 3; any other makes it 4.
TOLERATED_ADVISORIES = frozenset({"INTEL-SA-00219", "INTEL-SA-00334", "INTEL-SA-00381", "INTEL-SA-00389"})


def keccak(data: bytes) -> bytes:
    """Keccak-256, 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def holder_statement(
    chain_id: int, registry: bytes, key: bytes, challenge: bytes, identity: bytes, devices: bytes = NO_DEVICES
) -> bytes:
    """First half of the report data: what binds a worker's key to a registry, a challenge, an identity and its GPUs.

    Args:
        chain_id: of the registry's chain.
        registry: address, 20 bytes.
        key: the worker's address, 20 bytes.
        challenge: hash of a recent block, 32 bytes.
        identity: the code identity that the evidence is to be judged as, 32 bytes.
        devices: see `devices_digest`.

    Raises:
        ValueError: a part has another length.
    """
    parts = ((registry, 20), (key, 20), (challenge, 32), (identity, 32), (devices, 32))
    if any(len(part) != length for part, length in parts):
        raise ValueError("an address has 20 bytes, a hash 32")
    message = HOLDER_DOMAIN + chain_id.to_bytes(32, "big") + registry + key + challenge + identity + devices
    return hashlib.sha256(message).digest()


def devices_digest(platforms: Iterable[bytes]) -> bytes:
    """What the statement says of GPUs: SHA-256 of their platforms, 32 bytes each, in the order of the evidence."""
    return hashlib.sha256(b"".join(platforms)).digest()


def sgx_enclave_identity(report: SgxReport) -> bytes:
    """An enclave by its measurement."""
    return _named("pha.identity.sgx.enclave.v1", report.mr_enclave, keccak(report.config_id))


def sgx_signer_identity(report: SgxReport, least_svn: int) -> bytes:
    """An enclave by its signer, product, least SVN and configuration.

    Raises:
        ValueError: the registry knows no such identity: the SVN or the configuration is left open.
    """
    if not 0 < least_svn < 2**16 or report.config_id == bytes(64):
        raise ValueError("neither the least SVN nor the configuration may be zero")
    words = (report.mr_signer, _word(report.isv_prod_id), _word(least_svn), keccak(report.config_id))
    return _named("pha.identity.sgx.signer.v1", *words)


def sgx_signer_proof(least_svn: int) -> bytes:
    """The proof that asks for `sgx_signer_identity`."""
    return least_svn.to_bytes(2, "big")


def tdx_measured_identity(report: TdReport10 | TdReport15) -> bytes:
    """A TD by all of its measurements."""
    settings = report.mr_config_id + report.mr_owner + report.mr_owner_config
    return _named("pha.identity.tdx.measured.v1", keccak(report.mr_td + settings + _rtmrs(report)))


def tdx_mr_aggregated(report: TdReport10 | TdReport15) -> bytes:
    """What dstack calls mr-aggregated, of the registers as they stand in the report."""
    settings = report.mr_config_id + report.mr_owner + report.mr_owner_config
    tail = settings if any(settings) else b""
    return hashlib.sha256(report.mr_td + _rtmrs(report) + tail).digest()


def tdx_aggregated_identity(mr_aggregated: bytes) -> bytes:
    """A TD by its mr-aggregated; ask for it with the proof `TDX_AGGREGATED`."""
    return _named("pha.identity.tdx.aggregated.v1", mr_aggregated)


def tdx_proven_identity(proven: bytes) -> bytes:
    """A TD by what the reader's proofs say; ask for it with the proof `TDX_PROVEN` followed by theirs."""
    return _named("pha.identity.tdx.proven.v1", proven)


def snp_identity(measurement: bytes, host_data: bytes) -> bytes:
    """A guest by its measurement, 48 bytes, and its host data, 32 bytes."""
    return _named("pha.identity.snp.v1", keccak(measurement + host_data))


def composite_identity(cpu_identity: bytes, model: str) -> bytes:
    """A CPU's identity together with GPUs of a model, such as GH100."""
    return _named("pha.identity.composite.v1", cpu_identity, model.encode().ljust(32, b"\0"))


def intel_ground(*, is_tdx: bool, fmspc: bytes) -> bytes:
    """The ground of Intel's verdicts on platforms of an FMSPC."""
    return (b"TDX" if is_tdx else b"SGX") + bytes(23) + fmspc


def intel_epoch(tcb_info_number: int, identity_number: int, *, signer: int) -> int:
    """The epoch of such a ground, from the evaluation numbers of TCB Info and QE identity and who signed both."""
    return (signer << 24 | tcb_info_number) << 32 | signer << 24 | identity_number


def snp_ground(product: int, authority: int) -> bytes:
    """The ground of verdicts on chips of a product line whose certificates an authority issued."""
    return _word(authority << 8 | product)


def certificates_tag(platform: bytes, certificates: Iterable[bytes]) -> bytes:
    """By which 16 bytes the registry knows the certificates of a verdict on a platform, 32 bytes."""
    return keccak(platform + b"".join(certificates))[:16]


def intel_confidence(status: TcbStatus, advisories: Iterable[str]) -> int | None:
    """Phala's confidence level of an Intel status, 1 to 5; None for what is never accepted."""
    match status:
        case TcbStatus.UP_TO_DATE:
            return 1
        case TcbStatus.SW_HARDENING_NEEDED:
            return 2
        case TcbStatus.CONFIGURATION_NEEDED | TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED:
            return 3 if TOLERATED_ADVISORIES.issuperset(advisories) else 4
        case TcbStatus.REVOKED:
            return None
    return 5


def _rtmrs(report: TdReport10 | TdReport15) -> bytes:
    return report.rt_mr0 + report.rt_mr1 + report.rt_mr2 + report.rt_mr3


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _named(name: str, *words: bytes) -> bytes:
    """Keccak-256 of a name and words as `abi.encode` writes them."""
    text = name.encode()
    tail = _word(len(text)) + text.ljust((len(text) + 31) // 32 * 32, b"\0")
    return keccak(_word(32 * (len(words) + 1)) + b"".join(words) + tail)
