# SPDX-License-Identifier: Apache-2.0
"""Seeded mutations of quotes and collateral, each with the verdict of an independent verifier.

    for case in cases(seed=7, count=1_000):
        case.quote, case.collateral, case.at, case.root_der      # what to judge
        case.oracle.status, case.oracle.advisory_ids             # dcap-qvl's verdict, or
        case.oracle.refusal                                      # its reason to refuse

Four families, in turn:

*signed*    one value of the spec is changed and everything is signed again, so that the change reaches the
            rule it concerns and is not just a broken signature;
*tcb*       statuses, advisories and security version numbers are all chosen anew, and signed;
*text*      the signed JSON text is rewritten in a way the vendor never writes it, and signed again;
*bytes*     bits are flipped, or bytes cut or added, in what is already signed.

Where a case leaves collateral as it was, `case.collateral` equals that of `case.base`, so whatever was made
of it can be used again. The same arguments give the same cases.
"""

from __future__ import annotations

import atexit
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from pha.attestation.intel.collateral import Collateral, certificates
from pha.attestation.intel.generator import Evidence, EvidenceSpec, Kind, build, good
from pha.attestation.intel.generator.defaults import DEFAULT_AT, DEFAULT_SEED
from pha.attestation.intel.generator.paths import Path, dotted, leaves, replaced
from pha.attestation.intel.oracle import OracleVerdict
from pha.attestation.intel.oracle_process import OracleProcess
from pha.attestation.intel.quote import HEADER_LENGTH
from pha.attestation.intel.status import TcbStatus
from pha.attestation.intel.tcb_mutations import random_tcb
from pha.attestation.intel.text_mutations import TEXT_CHANGES

#: Members that are no evidence: what the spec is of, where its keys come from, and texts that override.
NOT_EVIDENCE = frozenset({"kind", "seed", "tcb_info_text", "qe_identity_text"})
DAY = 86_400
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DATES = frozenset({"not_before", "not_after", "issue_date", "next_update", "this_update", "at", "tcb_date"})
_KEYS = ("root", "platform-ca", "processor-ca", "tcb-signing", "pck", "attestation", "stranger")
_CHAINS: tuple[Any, ...] = (
    ("pck", "ca", "root"),
    ("pck", "ca"),
    ("pck", "root"),
    ("pck",),
    ("ca", "pck", "root"),
    ("pck", "ca", "root", "root"),
    ("tcb-signing", "root"),
    ("root",),
)
_WORDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("key", "signer", "attestation_key", "tcb_info", "qe_identity"), _KEYS),
    **dict.fromkeys(("qe_report", "quote"), _KEYS),
    **dict.fromkeys(("chain", "tcb_info_chain", "qe_identity_chain"), _CHAINS),
    **dict.fromkeys(("ca", "crl_ca"), ("platform", "processor")),
    **dict.fromkeys(("category", "type"), ("BIOS", "SEAMLDR ACM", None)),
    "id": ("SGX", "TDX", "QE", "TD_QE", "QVE", "TDX_01", "TDX_02", "TDX_03", "tdx_01", "TDX_1", ""),
    "advisory_ids": (("INTEL-SA-00001",), ("INTEL-SA-00615", "INTEL-SA-99999"), ()),
    "common_name": ("Somebody Else", "Phala SGX PCK Processor CA"),
    "issuer_name": ("Somebody Else",),
    "crl_url": ("https://elsewhere.invalid/crl",),
    "revoked": ((1,), (2**158 - 1, 5)),
    "platform_instance_id": (bytes(16),),
    "path_length": (0, 1),
    "serial": (1, 2**158 - 1),
    "qe_binding": (bytes(64), b"\1" * 64),
    "extension": (b"\x30\x00",),
}


class Family(Enum):
    """How a case departs from good evidence."""

    SIGNED = "signed"
    TCB = "tcb"
    TEXT = "text"
    BYTES = "bytes"


@dataclass(frozen=True)
class Case:
    """One departure.

    Attributes:
        name: kind, number and place, such as `tdx_v5/17/signed/tcb_info.levels[0].pce_svn`.
        family: how it departs.
        place: dotted path in the spec, name of the text's change, or region of the bytes.
        quote: raw quote to judge.
        collateral: collateral to judge it with.
        at: Unix seconds of the judgement.
        root_der: root to trust.
        evidence: what was built; its parts are those of the case except for flipped bytes.
        base: the good evidence of that kind.
        oracle: the independent verdict.
    """

    name: str
    family: Family
    place: str
    quote: bytes
    collateral: Collateral
    at: int
    root_der: bytes
    evidence: Evidence
    base: Evidence
    oracle: OracleVerdict

    @property
    def collateral_changed(self) -> bool:
        """Whether the collateral is another than the good one."""
        return self.collateral != self.base.collateral


def cases(
    seed: int,
    count: int,
    kinds: tuple[Kind, ...] = (Kind.SGX_V3, Kind.TDX_V4, Kind.TDX_V5_10, Kind.TDX_V5),
    families: tuple[Family, ...] = tuple(Family),
    at: int = DEFAULT_AT,
    key_seed: bytes = DEFAULT_SEED,
    age: int = DAY,
) -> Iterator[Case]:
    """Make `count` cases, kinds and families in turn.

    Args:
        seed: of the choices.
        count: how many.
        kinds: of quotes; `dcap-qvl` refuses SGX of versions 4 and 5 whatever they hold.
        families: of mutations.
        at: when the good evidence is judged.
        key_seed: of the keys.
        age: seconds before then at which good collateral was issued.
    """
    for number in range(count):
        kind = kinds[number % len(kinds)]
        family = families[number // len(kinds) % len(families)]
        yield case(seed, number, kind, family, at, key_seed, age)


def case(
    seed: int,
    number: int,
    kind: Kind,
    family: Family,
    at: int = DEFAULT_AT,
    key_seed: bytes = DEFAULT_SEED,
    age: int = DAY,
) -> Case:
    """Make one case again, to look at it alone."""
    choose = random.Random(f"{seed}/{number}/{kind.value}/{family.value}")
    base = _good(kind, at, key_seed, age)
    if family is Family.BYTES:
        place, quote, collateral = _flip(base, choose)
        evidence = base
    else:
        place, evidence = _built(base.spec, choose, _CHANGES[family])
        quote, collateral = evidence.quote, evidence.collateral
    oracle = _oracle().judge(quote, collateral, evidence.at, evidence.root_der)
    name = f"{kind.value}/{number}/{family.value}/{place}"
    return Case(name, family, place, quote, collateral, evidence.at, evidence.root_der, evidence, base, oracle)


@lru_cache(maxsize=1)
def _oracle() -> OracleProcess:
    process = OracleProcess()
    atexit.register(process.close)
    return process


@lru_cache(maxsize=32)
def _good(kind: Kind, at: int, key_seed: bytes, age: int) -> Evidence:
    return build(good(kind, at, key_seed, age))


def _built(
    spec: EvidenceSpec,
    choose: random.Random,
    change: Callable[[EvidenceSpec, random.Random], tuple[str, EvidenceSpec]],
) -> tuple[str, Evidence]:
    """Change until the result can be encoded: an X.509 library refuses some dates, a layout some lengths."""
    for _ in range(100):
        try:
            place, changed = change(spec, choose)
            return place, build(changed)
        except (ValueError, OverflowError):
            continue
    raise RuntimeError("a hundred mutations in a row could not be encoded")


# --- signed ----------------------------------------------------------------------------------------------


def places(spec: EvidenceSpec) -> list[str]:
    """Dotted paths of every value that `signed` mutations change."""
    return [dotted(path) for path, _ in _mutable(spec)]


def _mutable(spec: EvidenceSpec) -> list[tuple[Path, Any]]:
    return [(path, value) for path, value in leaves(spec) if path[0] not in NOT_EVIDENCE]


def _change_value(spec: EvidenceSpec, choose: random.Random) -> tuple[str, EvidenceSpec]:
    # A member is chosen before a value in it, or the many components of TCB levels would take every turn.
    groups: dict[str, list[tuple[Path, Any]]] = {}
    for path, value in _mutable(spec):
        group = ".".join(step for step in path[:3] if isinstance(step, str))
        groups.setdefault(group, []).append((path, value))
    path, value = choose.choice(groups[choose.choice(sorted(groups))])
    mutated = _mutated(path, value, spec, choose)
    return dotted(path), replaced(spec, path, mutated)


def change_at(spec: EvidenceSpec, place: str, choose: random.Random) -> EvidenceSpec:
    """The spec with the value at that dotted path changed."""
    path, value = next((path, value) for path, value in _mutable(spec) if dotted(path) == place)
    changed: EvidenceSpec = replaced(spec, path, _mutated(path, value, spec, choose))
    return changed


def _mutated(path: Path, value: Any, spec: EvidenceSpec, choose: random.Random) -> Any:
    name = next(step for step in reversed(path) if isinstance(step, str))
    if isinstance(value, bool):
        return not value
    if isinstance(value, TcbStatus):
        return choose.choice([status for status in TcbStatus if status is not value])
    if isinstance(value, int):
        near = [value - 1, value + 1, 0, 1, 0xFF, 0xFFFF, choose.randrange(256)]
        if name in _DATES:
            near = [spec.at - 1, spec.at, spec.at + 1, value - DAY, value + DAY]
        return choose.choice([number for number in near if number != value and number >= 0])
    if isinstance(value, bytes):
        return _mutated_bytes(value, choose)
    return _mutated_words(name, value, choose)


def _mutated_bytes(value: bytes, choose: random.Random) -> bytes:
    if not value:
        return choose.choice([b"\0", b"\xff" * 8])
    position = choose.randrange(len(value))
    flipped = bytes([value[position] ^ 1 << choose.randrange(8)])
    options = [
        value[:position] + flipped + value[position + 1 :],
        value[:position] + bytes([choose.randrange(256)]) + value[position + 1 :],
        bytes(len(value)),
    ]
    return choose.choice(options)


def _mutated_words(name: str, value: Any, choose: random.Random) -> Any:
    """Strings, tuples of strings, and members that are left out: by the member's name."""
    different = [option for option in _WORDS.get(name, ()) if option != value]
    if not different:
        raise ValueError(f"nothing else can stand at {name}")
    return choose.choice(different)


# --- text ------------------------------------------------------------------------------------------------


def _change_text(spec: EvidenceSpec, choose: random.Random) -> tuple[str, EvidenceSpec]:
    which = choose.choice(["tcb_info", "qe_identity"])
    text = getattr(spec, which).to_json()
    name = choose.choice(sorted(TEXT_CHANGES))
    changed = TEXT_CHANGES[name](text, choose)
    if changed == text:
        raise ValueError(f"{name} leaves this text as it is")
    rewritten: EvidenceSpec = replaced(spec, (f"{which}_text",), changed)
    return f"{which}:{name}", rewritten


_CHANGES: dict[Family, Callable[[EvidenceSpec, random.Random], tuple[str, EvidenceSpec]]] = {
    Family.SIGNED: _change_value,
    Family.TCB: lambda spec, choose: ("levels", random_tcb(spec, choose)),
    Family.TEXT: _change_text,
}


# --- bytes -----------------------------------------------------------------------------------------------


def regions(evidence: Evidence) -> dict[str, tuple[int, int]]:
    """Where each part of the raw quote begins and ends."""
    quote = evidence.parsed_quote
    names: list[tuple[str, int]] = [("header", HEADER_LENGTH)]
    if quote.header.version == 5:
        names += [("body_type", 2), ("body_length", 4)]
    names += [("body", len(quote.body.to_bytes())), ("signature_data_length", 4)]
    names += [("signature", 64), ("attestation_key", 64)]
    if quote.header.version >= 4:
        names += [("outer_certification_type", 2), ("outer_certification_length", 4)]
    names += [("qe_report", 384), ("qe_signature", 64), ("auth_data_length", 2)]
    names += [("auth_data", len(quote.qe.auth_data)), ("certification_type", 2), ("certification_length", 4)]
    chain = [
        len(certificate.public_bytes(Encoding.PEM))
        for certificate in certificates(quote.qe.certification.data, "quote.certification")
    ]
    names += [(f"pem[{index}]", length) for index, length in enumerate(chain)]
    names += [("pem_terminator", len(quote.qe.certification.data) - sum(chain))]
    found: dict[str, tuple[int, int]] = {}
    position = 0
    for name, length in names:
        found[name] = (position, position + length)
        position += length
    if position != len(evidence.quote) - len(quote.trailing):
        raise RuntimeError("regions do not fill the quote")
    return found


def _flip(base: Evidence, choose: random.Random) -> tuple[str, bytes, Collateral]:
    quote, collateral = base.quote, base.collateral
    what = choose.choice(["quote"] * 6 + ["signature_form"] * 2 + ["length"] * 2 + ["collateral"] * 4)
    if what == "quote":
        name, (start, end) = choose.choice(sorted(regions(base).items()))
        return f"quote:{name}", _flipped(quote, choose.randrange(start, end), choose), collateral
    if what == "signature_form":
        return _reformed_signature(base, choose)
    if what == "length":
        cut = choose.randrange(len(quote))
        options = {
            "cut": quote[:cut],
            "padded": quote + bytes(choose.randrange(1, 80)),
            "extended": quote + b"\xff",
        }
        name = choose.choice(sorted(options))
        return f"quote:{name}", options[name], collateral
    name = choose.choice(sorted(vars_of(collateral)))
    value = vars_of(collateral)[name]
    if isinstance(value, bytes):
        changed: str | bytes = _flipped(value, choose.randrange(len(value)), choose)
    else:
        position = choose.randrange(len(value))
        changed = value[:position] + chr(ord(value[position]) ^ 1) + value[position + 1 :]
    return f"collateral:{name}", quote, replace(collateral, **{name: changed})  # type: ignore[arg-type]


def vars_of(collateral: Collateral) -> dict[str, str | bytes]:
    """The collateral's members that are there, by name."""
    members: dict[str, str | bytes] = json.loads(collateral.to_json())
    return {name: getattr(collateral, name) for name in members}


def _flipped(data: bytes, position: int, choose: random.Random) -> bytes:
    return data[:position] + bytes([data[position] ^ 1 << choose.randrange(8)]) + data[position + 1 :]


def _reformed_signature(base: Evidence, choose: random.Random) -> tuple[str, bytes, Collateral]:
    """The other s of the same signature, and numbers that no signature may hold."""
    which = choose.choice(["signature", "qe_signature"])
    start, end = regions(base)[which]
    r, s = base.quote[start : start + 32], base.quote[start + 32 : end]
    order = _P256_ORDER.to_bytes(32, "big")
    negated = (_P256_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    forms = {
        "negated_s": r + negated,
        "zero_r": bytes(32) + s,
        "zero_s": r + bytes(32),
        "order_r": order + s,
        "order_s": r + order,
        "all_zero": bytes(64),
        "all_ones": b"\xff" * 64,
    }
    name = choose.choice(sorted(forms))
    return f"quote:{which}:{name}", base.quote[:start] + forms[name] + base.quote[end:], base.collateral
