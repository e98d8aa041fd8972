# SPDX-License-Identifier: Apache-2.0
"""Reference measurements: read from NVIDIA's RIM files, and written as `NvidiaReferences` takes them.

A RIM is a SWID tag (ISO/IEC 19770-2) whose payload lists measurements by an index that counts from 0, where reports
count from 1. Its XML signature is not looked at here: governance takes files from NVIDIA's service and checks them with
NVIDIA's tool before it puts their values in.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Mapping
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.nvidia.opaque import FieldType, OpaqueData
from pha.attestation.nvidia.report import DIGEST_BYTES

ReferenceSet = Mapping[int, tuple[bytes, ...]]
"""Values by index, which counts from 1; any of the values will do."""

DECODER = 36  # compared only where the first video decoder is in use
_HASH = "http://www.w3.org/2001/04/xmlenc#sha384 Hash"


@dataclass(frozen=True)
class Rim:
    """A RIM file: which version of what it is for, and the measurements to be compared."""

    product: str
    version: str
    edition: str
    values: ReferenceSet


def parse_rim(data: bytes) -> Rim:
    """Read a RIM file.

    Raises:
        MalformedEvidenceError: it isn't XML, declares entities, or its measurements are not what they should be.
    """
    reader = _RimReader()
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EntityDeclHandler = reader.refuse_entities
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        raise MalformedEvidenceError("RIM", f"not XML: {error}") from error
    if not reader.meta or not reader.values:
        raise MalformedEvidenceError("RIM", "no version, or no measurement to be compared")
    product, version, edition = (reader.meta.get(name, "") for name in ("product", "colloquialVersion", "edition"))
    return Rim(product, version, edition, reader.values)


class _RimReader:
    def __init__(self) -> None:
        self.meta: dict[str, str] = {}
        self.values: dict[int, tuple[bytes, ...]] = {}

    def refuse_entities(self, *_: object) -> None:
        raise MalformedEvidenceError("RIM", "declares entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(" ", 1)[-1]
        if local == "Meta":
            self.meta = attributes
        elif local == "Resource" and attributes.get("type") == "Measurement":
            self._measurement(attributes)

    def _measurement(self, attributes: dict[str, str]) -> None:
        try:
            index = int(attributes["index"]) + 1
            active = {"true": True, "false": False}[attributes["active"].lower()]
            count = int(attributes["alternatives"])
            values = tuple(bytes.fromhex(attributes[f"{_HASH}{number}"]) for number in range(count))
        except (KeyError, ValueError) as error:
            raise MalformedEvidenceError("RIM.Resource", f"unreadable measurement: {error}") from error
        if not active:
            return
        if not 1 <= index <= 255 or index in self.values:
            raise MalformedEvidenceError("RIM.Resource", f"index {index - 1} out of range or twice")
        if not values or len(values) > 255 or any(len(value) != DIGEST_BYTES for value in values):
            raise MalformedEvidenceError("RIM.Resource", f"index {index - 1}: expected digests of {DIGEST_BYTES} bytes")
        self.values[index] = values


def encode_entries(values: ReferenceSet) -> bytes:
    """A set as the contract takes it: index, number of values, values; rising by index."""
    return b"".join(bytes([index, len(values[index])]) + b"".join(values[index]) for index in sorted(values))


def driver_id(model: str, opaque: OpaqueData) -> bytes:
    """Id of the set for the driver that a report names."""
    return driver_version_id(model, opaque.text(FieldType.DRIVER_VERSION))


def driver_version_id(model: str, version: str) -> bytes:
    """Id of the set for a driver's version on a model, such as GH100 and 580.159.03."""
    word = model.encode().ljust(32, b"\0")
    return keccak(encode(["string", "bytes32", "bytes"], ["nvidia.driver", word, version.encode()]))


def vbios_id(opaque: OpaqueData) -> bytes:
    """Id of the set for the VBIOS that a report names."""
    board = [opaque.text(kind).encode() for kind in (FieldType.PROJECT, FieldType.PROJECT_SKU, FieldType.CHIP_SKU)]
    types = ["string", "bytes", "bytes", "bytes", "bytes8"]
    return keccak(encode(types, ["nvidia.vbios", *board, opaque.vbios_version]))


def problem_with(values: ReferenceSet, digests: tuple[bytes, ...], is_decoder_off: bool) -> str | None:
    """What is wrong with measurements, the first of block 1, compared with a set; None where nothing is."""
    for index in sorted(values):
        if index > len(digests):
            return f"measurement {index} is missing"
        if index == DECODER and is_decoder_off:
            continue
        if digests[index - 1] not in values[index]:
            return f"measurement {index} differs"
    return None
