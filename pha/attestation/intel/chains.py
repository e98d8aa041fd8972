# SPDX-License-Identifier: Apache-2.0
"""Certificate chains and revocation lists, checked against one root.

RFC 5280 as far as these chains go: signatures, names, dates, CA flags, path length, and for every certificate
a revocation list of its issuer. What a certificate may sign follows from its place and its subject's name, as
in Intel's profile.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from pha.attestation.intel.collateral import Collateral, certificates, revocation_list
from pha.attestation.intel.refusal import RefusedError, require

#: SHA-256 of the DER of Intel's SGX root certificate.
INTEL_ROOT_SHA256 = bytes.fromhex("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3")

ROOT_PHRASE = "SGX Root CA"
TCB_SIGNING_PHRASE = "SGX TCB Signing"
PCK_PHRASE = "SGX PCK Certificate"
PCK_CA_PHRASES = ("SGX PCK Platform CA", "SGX PCK Processor CA")

#: Critical extensions that are looked at; any other makes a certificate unusable (RFC 5280, 4.2).
_UNDERSTOOD = frozenset({ExtensionOID.KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS})


@dataclass(frozen=True)
class Window:
    """From when to when something counts, Unix seconds, and what it is."""

    what: str
    start: int
    end: int


def der_of(certificate: x509.Certificate) -> bytes:
    """DER of a certificate."""
    return certificate.public_bytes(Encoding.DER)


def common_name(certificate: x509.Certificate) -> str:
    """The subject's common name, or its whole name where it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The P-256 key of a certificate.

    Raises:
        RefusedError: it holds another kind of key.
    """
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RefusedError("certificate_key", f"{common_name(certificate)}: not a P-256 key")
    return key


class TrustStore:
    """A root, the revocation lists under it, and a time; gathers the windows of what it checked."""

    def __init__(self, root: x509.Certificate, collateral: Collateral, at: int) -> None:
        """Take the root as given and check both revocation lists.

        Raises:
            RefusedError: a list is not signed by its issuer, or out of its time, or revokes the root.
            MalformedEvidenceError: a list or chain can't be read.
        """
        self.root = root
        self.at = at
        self.windows: list[Window] = []
        self._crls: dict[x509.Name, x509.CertificateRevocationList] = {}
        require(ROOT_PHRASE in common_name(root), "root_name", f"root is named {common_name(root)!r}")
        root_crl = revocation_list(collateral.root_ca_crl, "collateral.root_ca_crl")
        require(root_crl.issuer == root.subject, "root_crl_issuer", "the root CRL is not the root's")
        self._add_crl("root CRL", root_crl, root)
        self._check_certificate(root, "root")
        pck_crl = revocation_list(collateral.pck_crl, "collateral.pck_crl")
        pool = certificates(collateral.pck_crl_issuer_chain, "collateral.pck_crl_issuer_chain")
        issuer = next((entry for entry in pool if entry.subject == pck_crl.issuer), None)
        if issuer is None:
            raise RefusedError("pck_crl_issuer", "no certificate of the PCK CRL's issuer stands beside it")
        require(common_name(issuer).endswith(PCK_CA_PHRASES), "pck_crl_issuer", f"it is {common_name(issuer)!r}")
        self._check_issued(issuer, root, "PCK CRL issuer")
        _check_ca(issuer, 0)
        self._add_crl("PCK CRL", pck_crl, issuer)

    @classmethod
    def of_intel(cls, collateral: Collateral, at: int) -> TrustStore:
        """Under Intel's own root, found by its hash among the chains of the collateral.

        Raises:
            RefusedError: it is not there.
        """
        for chain in (collateral.tcb_info_issuer_chain, collateral.pck_crl_issuer_chain):
            for certificate in certificates(chain, "collateral.issuer_chain"):
                if hashlib.sha256(der_of(certificate)).digest() == INTEL_ROOT_SHA256:
                    return cls(certificate, collateral, at)
        raise RefusedError("root", "the collateral does not lead to Intel's root certificate")

    def signer(self, chain: str, field: str, phrase: str = TCB_SIGNING_PHRASE) -> x509.Certificate:
        """The first certificate of a chain that leads to the root.

        Raises:
            RefusedError: it does not, or is not the kind of certificate its place demands.
        """
        pool = certificates(chain, field)
        return self.leaf(pool, field, phrase, direct=True)

    def leaf(self, pool: list[x509.Certificate], field: str, phrase: str, direct: bool = False) -> x509.Certificate:
        """The first certificate of `pool`, after checking its way to the root.

        Args:
            pool: leaf first; its issuer anywhere behind it.
            field: name for errors.
            phrase: what the leaf's common name must contain.
            direct: whether the root itself must have issued it.
        """
        leaf = pool[0]
        require(phrase in common_name(leaf), "certificate_role", f"{field}: {common_name(leaf)!r} is no {phrase}")
        constraints = _constraints(leaf)
        require(not (constraints and constraints.ca), "certificate_role", f"{field}: the leaf is a CA")
        if direct:
            self._check_issued(leaf, self.root, field)
            return leaf
        issuer = next((entry for entry in pool[1:] if entry.subject == leaf.issuer), None)
        if issuer is None:
            raise RefusedError("certificate_chain", f"{field}: the issuer of {common_name(leaf)!r} is missing")
        require(
            common_name(issuer).endswith(PCK_CA_PHRASES),
            "certificate_role",
            f"{field}: {common_name(issuer)!r} may not issue PCK certificates",
        )
        self._check_issued(issuer, self.root, f"{field} issuer")
        _check_ca(issuer, 0)
        self._check_issued(leaf, issuer, field)
        return leaf

    def _check_issued(self, certificate: x509.Certificate, issuer: x509.Certificate, what: str) -> None:
        public_key(issuer)
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            name = common_name(certificate)
            reason = f"{what}: {name!r} is not issued by {common_name(issuer)!r}"
            raise RefusedError("certificate_signature", reason) from error
        self._check_certificate(certificate, what)

    def _check_certificate(self, certificate: x509.Certificate, what: str) -> None:
        start = int(certificate.not_valid_before_utc.timestamp())
        end = int(certificate.not_valid_after_utc.timestamp())
        for extension in certificate.extensions:
            name = extension.oid.dotted_string
            understood = not extension.critical or extension.oid in _UNDERSTOOD
            require(understood, "critical_extension", f"{what}: {name} is critical and unknown")
        require(
            start <= self.at <= end,
            "certificate_dates",
            f"{what}: counts from {start} to {end}, not at {self.at}",
        )
        crl = self._crls.get(certificate.issuer)
        if crl is None:
            issuer = certificate.issuer.rfc4514_string()
            raise RefusedError("revocation_unknown", f"{what}: there is no revocation list of {issuer}")
        revoked = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        require(revoked is None, "certificate_revoked", f"{what}: serial {certificate.serial_number:x} is revoked")
        self.windows.append(Window(what, start, end))

    def _add_crl(self, what: str, crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
        require(crl.is_signature_valid(public_key(issuer)), "crl_signature", f"{what}: not signed by its issuer")
        start = int(crl.last_update_utc.timestamp())
        next_update = crl.next_update_utc
        if next_update is None:
            raise RefusedError("crl_dates", f"{what}: it does not say when the next one comes")
        end = int(next_update.timestamp())
        require(self.at < end, "crl_dates", f"{what}: counts until {end}, not at {self.at}")
        self._crls[crl.issuer] = crl
        self.windows.append(Window(what, start, end))


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _check_ca(certificate: x509.Certificate, below: int) -> None:
    """Check that a certificate may issue others, with `below` further CAs under it."""
    constraints = _constraints(certificate)
    name = common_name(certificate)
    if constraints is None or not constraints.ca:
        raise RefusedError("certificate_role", f"{name!r} is not a CA")
    length = constraints.path_length
    require(length is None or length >= below, "path_length", f"{name!r} may not have {below} CAs below it")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    require(usage.key_cert_sign and usage.crl_sign, "certificate_role", f"{name!r} may not sign certificates")
