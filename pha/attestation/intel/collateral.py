# SPDX-License-Identifier: Apache-2.0
"""The signed texts and lists a quote is judged with, in the JSON form that `dcap-qvl` reads and writes."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.json_fields import JsonObject
from pha.attestation.intel.tcb import EnclaveIdentity, TcbInfo, parse_enclave_identity, parse_tcb_info

_BYTES = ("root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature")
_SIGNATURES = ("tcb_info_signature", "qe_identity_signature")


@dataclass(frozen=True)
class Collateral:
    """Collateral of one platform and one kind of quote.

    Issuer chains are PEM, signer first, root last. Revocation lists are DER. Signatures are r ‖ s, 64 bytes,
    over the UTF-8 text beside them. `pck_certificate_chain` stands only where the quote itself carries none.
    """

    pck_crl_issuer_chain: str
    root_ca_crl: bytes
    pck_crl: bytes
    tcb_info_issuer_chain: str
    tcb_info: str
    tcb_info_signature: bytes
    qe_identity_issuer_chain: str
    qe_identity: str
    qe_identity_signature: bytes
    pck_certificate_chain: str | None = None

    @classmethod
    def from_json(cls, text: str) -> Collateral:
        """Read the JSON form: byte strings are hexadecimal.

        Raises:
            MalformedEvidenceError: naming the member that is missing or broken.
        """
        top = JsonObject.parse(text, "collateral")
        values: dict[str, str | bytes | None] = {}
        for field in fields(cls):
            if field.name == "pck_certificate_chain":
                values[field.name] = top.optional_string(field.name) if top.has(field.name) else None
                continue
            value = top.string(field.name)
            values[field.name] = _bytes_of(field.name, value) if field.name in _BYTES else value
        return cls(**values)  # type: ignore[arg-type]

    def to_json(self) -> str:
        """The JSON form."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.pck_certificate_chain is None:
            del values["pck_certificate_chain"]
        return json.dumps({key: value.hex() if isinstance(value, bytes) else value for key, value in values.items()})

    @cached_property
    def parsed_tcb_info(self) -> TcbInfo:
        """The TCB Info, parsed."""
        return parse_tcb_info(self.tcb_info)

    @cached_property
    def parsed_qe_identity(self) -> EnclaveIdentity:
        """The QE identity, parsed."""
        return parse_enclave_identity(self.qe_identity)


def _bytes_of(name: str, value: str) -> bytes:
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        raise MalformedEvidenceError(f"collateral.{name}", "expected hexadecimal digits") from None
    if name in _SIGNATURES and len(raw) != 64:
        raise MalformedEvidenceError(f"collateral.{name}", f"expected 64 bytes (r and s), found {len(raw)}")
    return raw


def certificates(pem: str | bytes, field: str) -> list[x509.Certificate]:
    """The certificates of a PEM chain, in its order; trailing NULs are the vendor's padding.

    Raises:
        MalformedEvidenceError: there is none, or one can't be read.
    """
    data = pem.encode() if isinstance(pem, str) else pem
    try:
        chain = x509.load_pem_x509_certificates(data.rstrip(b"\0"))
        for certificate in chain:
            # Parsed when asked for: ask now, so that what is broken is an error here and by name.
            _ = (certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key())
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise MalformedEvidenceError(field, f"not a PEM certificate chain: {_first_line(error)}") from error
    return chain


def revocation_list(der: bytes, field: str) -> x509.CertificateRevocationList:
    """A revocation list from DER.

    Raises:
        MalformedEvidenceError: it can't be read.
    """
    try:
        crl = x509.load_der_x509_crl(der)
        _ = (crl.issuer, crl.next_update_utc, crl.extensions, list(crl))
    except (ValueError, x509.DuplicateExtension) as error:
        raise MalformedEvidenceError(field, f"not a DER revocation list: {_first_line(error)}") from error
    return crl


def _first_line(error: Exception) -> str:
    return str(error).split(". See ")[0].splitlines()[0]
