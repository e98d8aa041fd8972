# SPDX-License-Identifier: Apache-2.0
"""P-384 on a test chain: deployments, keys made by an independent library, and calls with their hints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature

from pha.cryptography.p384 import FieldPoint, encode_coordinate
from pha.cryptography.p384_comb import generator_table
from pha.cryptography.p384_table_job import Stage, TableJob

PREHASHED = ec.ECDSA(Prehashed(hashes.SHA384()))


@dataclass(frozen=True)
class Key:
    """A private key of the independent library, with what the contracts want to know of it."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, secret: int) -> Key:
        return cls(ec.derive_private_key(secret, ec.SECP384R1()))

    @cached_property
    def point(self) -> FieldPoint:
        numbers = self.private.public_key().public_numbers()
        return numbers.x, numbers.y

    @cached_property
    def job(self) -> TableJob:
        return TableJob(self.point)

    @property
    def name(self) -> bytes:
        return self.job.key_hash

    def sign(self, digest: bytes) -> bytes:
        """r then s, 96 bytes, over a 48-byte digest."""
        return join_signature(*decode_dss_signature(self.private.sign(digest, PREHASHED)))


def join_signature(r: int, s: int) -> bytes:
    return encode_coordinate(r) + encode_coordinate(s)


def library_accepts(point: FieldPoint, digest: bytes, r: int, s: int) -> bool:
    """The independent library's verdict on a signature."""
    public = ec.EllipticCurvePublicNumbers(*point, ec.SECP384R1()).public_key()
    try:
        public.verify(encode_dss_signature(r, s), digest, PREHASHED)
    except Exception:
        return False
    return True


def sha384(message: bytes) -> bytes:
    return hashlib.sha384(message).digest()


def deploy_code(deployer, init_code: bytes):
    """Sends a contract creation; returns the receipt."""
    manager = deployer.provider.network.ecosystem
    transaction = manager.create_transaction(data=init_code, type=2)
    return deployer.call(deployer.prepare_transaction(transaction))


def deploy_verifier(project, deployer):
    """A registry and a verifier over it, with the generator's table."""
    registry = deployer.deploy(project.P384TableRegistry)
    table = deploy_code(deployer, generator_table().init_code).contract_address
    return registry, deployer.deploy(project.P384Verifier, registry, table)


def register(registry, sender, job: TableJob) -> list:
    """Sends what is left of a job; returns the receipts."""
    stage = Stage(registry.stageOf(job.key_hash))
    return [getattr(registry, call.method)(*call.arguments, sender=sender) for call in job.remaining(stage)]


def verify(verifier, key_name: bytes, digest: bytes, signature: bytes, hints: bytes) -> bool:
    return verifier.verify(key_name, digest[:32], digest[32:], signature, hints)
