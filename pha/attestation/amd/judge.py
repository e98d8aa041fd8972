# SPDX-License-Identifier: Apache-2.0
"""A report judged off chain, by the rules of contracts/attestation/amd but with `cryptography` for all signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pha.attestation.amd.certificate import Certificate, RevocationList
from pha.attestation.amd.product import CHIP_ID_BYTES, Product
from pha.attestation.amd.report import SnpReport, check_form
from pha.attestation.intel.refusal import RefusedError, require

#: What may be allowed, by name.
ALLOWANCES = ("debug", "migration", "masked_chip", "loaded_key", "lower_vmpl", "stale_revocation")
_DEBUG, _MIGRATION = 1 << 19, 1 << 18
_CERTIFICATE_SIGN, _CRL_SIGN = 0x04, 0x02


@dataclass(frozen=True)
class Chain:
    """What a report is judged with: the certificate of the key that signed it, its issuer, the root, and its list."""

    endorsement: Certificate
    authority: Certificate
    root: Certificate
    crl: RevocationList | None = None

    @property
    def product(self) -> Product:
        """The product line, by the root's name.

        Raises:
            RefusedError: there is none of that name.
        """
        for product in Product:
            if self.root.common_name == f"ARK-{product.title}":
                return product
        raise RefusedError("root", f"{self.root.common_name!r} is no root of a product line known here")


def judge_report(report: SnpReport, chain: Chain, at: int, allowed: Iterable[str] = ()) -> int:
    """Until when a report that is genuine and allowed counts, Unix seconds. The root is trusted as given.

    Args:
        report: any; its form is checked.
        chain: certificates and list.
        at: Unix seconds of the judgement.
        allowed: rules to leave out, of `ALLOWANCES`.

    Raises:
        MalformedEvidenceError: the report's form is wrong.
        RefusedError: naming the rule that is broken; `policy` where it could be allowed.
    """
    check_form(report)
    product = chain.product
    _check_chain(chain, product, at)
    _check_binding(report, chain.endorsement, product)
    _check_signature(report, chain.endorsement)
    _check_policy(report, chain, at, frozenset(allowed))
    ends = [certificate.not_after for certificate in (chain.endorsement, chain.authority, chain.root)]
    if chain.crl is not None and chain.crl.next_update >= at:
        ends.append(chain.crl.next_update)
    return min(ends)


def _check_chain(chain: Chain, product: Product, at: int) -> None:
    loaded = chain.endorsement.common_name == "SEV-VLEK"
    expected = {
        "endorsement": (chain.endorsement, chain.authority, "SEV-VLEK" if loaded else "SEV-VCEK"),
        "authority": (chain.authority, chain.root, f"SEV-{'VLEK-' if loaded else ''}{product.title}"),
        "root": (chain.root, chain.root, f"ARK-{product.title}"),
    }
    revoked = chain.crl.serials if chain.crl else ()
    for what, (certificate, issuer, name) in expected.items():
        require(certificate.common_name == name, f"{what}_name", f"{certificate.common_name!r}, not {name!r}")
        require(certificate.issuer == issuer.subject, f"{what}_issuer", "the issuer's name is another")
        signed = issuer.modulus is not None and certificate.is_signed_by(issuer.modulus)
        require(signed, f"{what}_signature", f"not signed by {issuer.common_name}")
        window = f"counts from {certificate.not_before} to {certificate.not_after}, not at {at}"
        require(certificate.not_before <= at <= certificate.not_after, f"{what}_dates", window)
        require(certificate.serial not in revoked, f"{what}_revoked", f"serial {certificate.serial:x} is revoked")
        is_ca = what != "endorsement"
        require(certificate.is_ca == is_ca, f"{what}_role", f"is {'no' if is_ca else 'a'} certificate authority")
        if is_ca:
            require(bool(certificate.key_usage & _CERTIFICATE_SIGN), f"{what}_role", "may not sign certificates")
    require(bool(chain.root.key_usage & _CRL_SIGN), "root_role", "may not sign revocation lists")
    if chain.crl is not None and chain.root.modulus is not None:
        require(chain.crl.issuer == chain.root.subject, "crl_issuer", "the list is not the root's")
        require(chain.crl.is_signed_by(chain.root.modulus), "crl_signature", "the list is not signed by the root")
        require(chain.crl.this_update <= at, "crl_dates", f"the list counts from {chain.crl.this_update}")


def _check_binding(report: SnpReport, endorsement: Certificate, product: Product) -> None:
    kind = endorsement.common_name.removeprefix("SEV-")
    require(report.signing_key == kind, "signing_key", f"the report names a {report.signing_key}, not a {kind}")
    require(product.has_name(endorsement.product_name), "product_name", f"{endorsement.product_name!r}")
    if report.version >= 3:
        require(report.product is product, "product", f"family {report.cpuid_family}, model {report.cpuid_model}")
    hardware_id = endorsement.hardware_id
    if kind == "VCEK":
        if hardware_id is None or len(hardware_id) != product.hardware_id_bytes or not any(hardware_id):
            raise RefusedError("hardware_id", "the certificate names no chip")
        padded = hardware_id.ljust(CHIP_ID_BYTES, b"\0")
        require(report.is_chip_masked or report.chip_id == padded, "chip", "the report is another chip's")
    found = endorsement.tcb.to_bytes(product)
    require(report.reported_tcb == found, "tcb", f"reported {report.reported_tcb.hex()}, certified {found.hex()}")


def _check_signature(report: SnpReport, endorsement: Certificate) -> None:
    if endorsement.point is None:
        raise RefusedError("endorsement_key", "not a P-384 key")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), b"\4" + endorsement.point)
        key.verify(encode_dss_signature(*report.components()), report.signed_bytes(), ec.ECDSA(hashes.SHA384()))
    except (ValueError, InvalidSignature) as error:
        raise RefusedError("report_signature", "not the certified key's") from error


def _check_policy(report: SnpReport, chain: Chain, at: int, allowed: frozenset[str]) -> None:
    def rule(holds: bool, name: str, reason: str) -> None:
        require(holds or name in allowed, name, reason, policy=True)

    if chain.crl is None:
        rule(False, "stale_revocation", "no revocation list is given")
    else:
        rule(at <= chain.crl.next_update, "stale_revocation", f"the list counts until {chain.crl.next_update}")
    rule(not report.policy & _DEBUG, "debug", "the guest's policy allows debugging")
    rule(not report.policy & _MIGRATION, "migration", "the guest's policy allows a migration agent")
    rule(report.signing_key == "VCEK", "loaded_key", "signed with a key that a cloud provider loaded")
    rule(not report.is_chip_masked, "masked_chip", "the host masks the chip's id")
    rule(report.vmpl == 0, "lower_vmpl", f"asked for at VMPL {report.vmpl}")
