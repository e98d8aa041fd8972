# SPDX-License-Identifier: Apache-2.0
"""A device's certificate chain: root, family, provisioner, device, report key. ECDSA P-384 with SHA-384 throughout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.nvidia.firmware import firmware_of
from pha.cryptography.p384 import FieldPoint, encode_coordinate, encode_point

LENGTH = 5
ROLES = ("root", "family", "provisioner", "device", "report key")

# Keccak-256 of the key (x then y) of the "NVIDIA Device Identity CA" that NVIDIA publishes.
NVIDIA_ROOT_KEY_HASH = bytes.fromhex("eb507fd2edae7ff39cef8defac5336b4232737f4acab45e0b7b88baee5d3f803")


@dataclass(frozen=True)
class ChainCertificate:
    """One certificate, with what the contracts want to know of it."""

    certificate: x509.Certificate

    @cached_property
    def der(self) -> bytes:
        """As encoded."""
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def signed(self) -> bytes:
        """The part that the issuer signed."""
        return self.certificate.tbs_certificate_bytes

    @cached_property
    def point(self) -> FieldPoint:
        """The subject's key."""
        numbers = self.public_key.public_numbers()
        return numbers.x, numbers.y

    @property
    def key(self) -> bytes:
        """The subject's key, x then y, 96 bytes."""
        return encode_point(self.point)

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The subject's key."""
        key = self.certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp384r1":
            raise MalformedEvidenceError("certificate.key", "not a P-384 key")
        return key

    @property
    def signature(self) -> bytes:
        """The issuer's signature, r then s, 96 bytes."""
        r, s = decode_dss_signature(self.certificate.signature)
        return encode_coordinate(r) + encode_coordinate(s)

    @property
    def common_name(self) -> str:
        """The subject's common name; empty where there is none."""
        names = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""

    @property
    def serial(self) -> bytes:
        """The serial number in as few bytes as it needs."""
        number = self.certificate.serial_number
        return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")

    @property
    def issuer_name(self) -> bytes:
        """The issuer's name as encoded."""
        return self.certificate.issuer.public_bytes()

    @property
    def window(self) -> tuple[int, int]:
        """First and last second of validity."""
        start, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return int(start.timestamp()), int(end.timestamp())


@dataclass(frozen=True)
class DeviceChain:
    """Five certificates, the root first."""

    certificates: tuple[ChainCertificate, ...]

    @property
    def root(self) -> ChainCertificate:
        """The root's."""
        return self.certificates[0]

    @property
    def device(self) -> ChainCertificate:
        """That of the device's own CA, whose key never changes."""
        return self.certificates[3]

    @property
    def report_key(self) -> ChainCertificate:
        """That of the key which signs reports."""
        return self.certificates[4]

    @property
    def model(self) -> str:
        """Such as GH100: the first word of the device's common name, which NVIDIA signed."""
        return self.device.common_name.split(" ")[0]

    @property
    def firmware(self) -> bytes | None:
        """The firmware id that the report key was derived for."""
        return firmware_of(self.report_key.certificate)

    def check(self, at: int) -> str | None:
        """What is wrong with the chain at a moment, in words; None where nothing is.

        The root is taken as it is: whether it is NVIDIA's is another question.
        """
        for position, below in enumerate(self.certificates):
            start, end = below.window
            if not start <= at <= end:
                return f"the {ROLES[position]}'s certificate is not valid then"
            if position == 0:
                continue
            above = self.certificates[position - 1]
            if below.certificate.issuer != above.certificate.subject:
                return f"the {ROLES[position]}'s certificate names another issuer"
            if below.certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA384:
                return f"the {ROLES[position]}'s certificate is not signed with ECDSA and SHA-384"
            if not verify_p384(above.public_key, below.signed, below.signature):
                return f"the {ROLES[position]}'s certificate has a wrong signature"
        return None


def load_chain(pem: bytes) -> DeviceChain:
    """A chain from PEM, in either order.

    Raises:
        MalformedEvidenceError: it isn't PEM, or hasn't five certificates.
    """
    try:
        loaded = [ChainCertificate(certificate) for certificate in x509.load_pem_x509_certificates(pem)]
    except ValueError as error:
        raise MalformedEvidenceError("chain", f"not PEM: {error}") from error
    if len(loaded) != LENGTH:
        raise MalformedEvidenceError("chain", f"expected {LENGTH} certificates, found {len(loaded)}")
    if loaded[-1].certificate.issuer == loaded[-1].certificate.subject:
        loaded.reverse()
    return DeviceChain(tuple(loaded))


def verify_p384(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Whether r ‖ s (96 bytes) is the key's signature over the SHA-384 of a message."""
    r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True
