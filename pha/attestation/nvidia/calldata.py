# SPDX-License-Identifier: Apache-2.0
"""What the contracts take: ids, hints, and evidence.

Hints need the table of the key that signed. It takes a tenth of a second to make, and `Tables` keeps those made.
"""

from __future__ import annotations

import hashlib

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from pha.attestation.nvidia.chain import ChainCertificate, DeviceChain
from pha.attestation.nvidia.report import SIGNATURE_BYTES
from pha.cryptography.p384 import FieldPoint, encode_point
from pha.cryptography.p384_hints import signature_hints
from pha.cryptography.p384_table_job import TableJob

ROOT_ISSUER = bytes(32)
HINT_BYTES = 6288


class Tables:
    """Jobs by key, each made once."""

    def __init__(self) -> None:
        self._jobs: dict[FieldPoint, TableJob] = {}

    def job(self, key: FieldPoint) -> TableJob:
        """The job that has a key's table proven, and the table."""
        if key not in self._jobs:
            self._jobs[key] = TableJob(key)
        return self._jobs[key]

    def hints(self, key: FieldPoint, message: bytes, signature: bytes) -> bytes:
        """The hints for a valid signature over the SHA-384 of a message, 6,288 bytes.

        Raises:
            pha.cryptography.p384_hints.HintError: the signature is not the key's.
        """
        return signature_hints(hashlib.sha384(message).digest(), signature, self.job(key).table)


def key_hash(key: FieldPoint) -> bytes:
    """The key's name in the registry of tables."""
    return keccak(encode_point(key))


def certificate_id(issuer: bytes, certificate: ChainCertificate) -> bytes:
    """Under which id the chain keeps a certificate; `issuer` is the id of the one above, zeros for the root."""
    return keccak(encode(["bytes32", "bytes32"], [issuer, keccak(certificate.signed)]))


def chain_ids(chain: DeviceChain) -> list[bytes]:
    """The ids of all certificates of a chain, the root's first."""
    ids: list[bytes] = []
    for certificate in chain.certificates:
        ids.append(certificate_id(ids[-1] if ids else ROOT_ISSUER, certificate))
    return ids


def revocation_name(certificate: ChainCertificate, issuer: ChainCertificate) -> bytes:
    """By what `NvidiaRevocations` knows a certificate."""
    values = [keccak(certificate.issuer_name), keccak(issuer.key), keccak(certificate.serial)]
    return keccak(encode(["bytes32"] * 3, values))


def key_revocation_name(key: FieldPoint) -> bytes:
    """By what `NvidiaRevocations` knows a key, whatever certificates it has."""
    return keccak(b"nvidia.key".ljust(32, b"\0") + key_hash(key))


def firmware_revocation_name(firmware: bytes | None) -> bytes:
    """By what `NvidiaRevocations` knows firmware: its id of 48 bytes, or None for report keys that name none."""
    tag = b"nvidia.firmware".ljust(32, b"\0")
    return keccak(tag + (bytes(32) if firmware is None else keccak(firmware)))


def certificate_hints(certificate: ChainCertificate, issuer: ChainCertificate, tables: Tables) -> bytes:
    """The hints with which a certificate is put in.

    Raises:
        pha.cryptography.p384_hints.HintError: the issuer didn't sign it.
    """
    return tables.hints(issuer.point, certificate.signed, certificate.signature)


def evidence(report: bytes, certificate: bytes, hints: bytes) -> bytes:
    """Evidence as the verifier takes it: certificate's id, hints, report."""
    if len(certificate) != 32 or len(hints) != HINT_BYTES:
        raise ValueError("an id has 32 bytes, hints have 6,288")
    return certificate + hints + report


def evidence_of(report: bytes, chain: DeviceChain, tables: Tables) -> bytes:
    """Evidence from a report and its device's chain.

    Raises:
        pha.cryptography.p384_hints.HintError: the chain's key didn't sign the report.
    """
    message, signature = report[:-SIGNATURE_BYTES], report[-SIGNATURE_BYTES:]
    hints = tables.hints(chain.report_key.point, message, signature)
    return evidence(report, chain_ids(chain)[-1], hints)


def composite_nonce(holder: bytes, challenge: bytes) -> bytes:
    """The nonce that every GPU of a machine must have answered, and the second half of its CPU's report data.

    Args:
        holder: first half of the report data, 32 bytes: what the attested program commits to.
        challenge: 32 bytes that make it fresh.
    """
    if len(holder) != 32 or len(challenge) != 32:
        raise ValueError("holder and challenge have 32 bytes each")
    return hashlib.sha256(b"pha.composite.gpu-nonce.v1" + holder + challenge).digest()
