# SPDX-License-Identifier: Apache-2.0
"""Changes to the measurement policy, written down for people and turned into what a governance proposal calls.

A file is YAML::

    description: Accept worker image 1.2
    rules:
      - identity: "0x…"              # 32 bytes
        kind: intel.tdx
        attributes: "0x…"            # 16 bytes, exactly what it may run with
        attributes_mask: "0x…"       # which bits are compared; all where not given
        allowances: 0
        worst_confidence: 3          # 1 to 5
        minimum_devices: 0
        device_model: ""
        max_age_hours: 720
        open_to_advisories: true     # true: all but those listed; false: only those listed
        advisories: [INTEL-SA-00615]
        platforms: []                # where any is given, only these will do
        at_once: false               # whether what was judged by the rule before gets no grace
        why: Reviewed and reproduced
    remove:
      - {identity: "0x…", at_once: true, why: A key leaked}

Everything that narrows or widens a rule has to be said: only the mask, `allowances`, GPUs, lists and `at_once` may be
left out, and then have the strictest meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

NEEDED = {"identity", "kind", "attributes", "worst_confidence", "max_age_hours", "open_to_advisories", "why"}
OPTIONAL = {
    "attributes_mask": "0x" + "ff" * 16,
    "allowances": 0,
    "minimum_devices": 0,
    "device_model": "",
    "advisories": (),
    "platforms": (),
    "at_once": False,
}
REMOVAL = {"identity", "at_once", "why"}


class PolicyFileError(ValueError):
    """A file that doesn't say what it has to, or says something that nobody understands."""


@dataclass(frozen=True)
class PolicyCall:
    """One call of the registry.

    Attributes:
        method: `setRule` or `removeRule`.
        arguments: as the contract takes them; a rule by the names of its fields.
    """

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class PolicyChange:
    """A file's calls, in order, and what it says they are for."""

    description: str
    calls: tuple[PolicyCall, ...]


def parse_policy(text: str) -> PolicyChange:
    """Read a file.

    Raises:
        PolicyFileError: with the entry and field that is wrong.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PolicyFileError(f"not YAML: {error}") from None
    _require_fields("the file", content, {"description"}, {"rules", "remove"})
    rules = [_rule(f"rules[{index}]", entry) for index, entry in enumerate(_list_of(content, "rules"))]
    removals = [_removal(f"remove[{index}]", entry) for index, entry in enumerate(_list_of(content, "remove"))]
    calls = (*rules, *removals)
    if not calls:
        raise PolicyFileError("the file changes nothing: it has neither rules nor remove")
    identities = [call.arguments[0] for call in calls]
    if len(set(identities)) != len(identities):
        raise PolicyFileError("an identity comes twice")
    return PolicyChange(_text_in("description", content["description"]), calls)


def _rule(place: str, entry: Any) -> PolicyCall:
    _require_fields(place, entry, NEEDED, set(OPTIONAL))
    values = OPTIONAL | entry
    platforms = [_hex(f"{place}.platforms", one, 32) for one in _names(f"{place}.platforms", values["platforms"])]
    advisories = [_word(f"{place}.advisories", one) for one in _names(f"{place}.advisories", values["advisories"])]
    rule = {
        "kind": _word(f"{place}.kind", values["kind"]),
        "attributes": _hex(f"{place}.attributes", values["attributes"], 16),
        "attributesMask": _hex(f"{place}.attributes_mask", values["attributes_mask"], 16),
        "allowances": _number(f"{place}.allowances", values["allowances"], 0, 0xFFFFFFFF),
        "worstConfidence": _number(f"{place}.worst_confidence", values["worst_confidence"], 1, 5),
        "minimumDevices": _number(f"{place}.minimum_devices", values["minimum_devices"], 0, 16),
        "deviceModel": _word(f"{place}.device_model", values["device_model"]),
        "maxAgeHours": _number(f"{place}.max_age_hours", values["max_age_hours"], 1, 0xFFFF),
        "isOpenToAdvisories": _flag(f"{place}.open_to_advisories", values["open_to_advisories"]),
        "isOnListedPlatforms": bool(platforms),
    }
    identity = _hex(f"{place}.identity", values["identity"], 32)
    at_once = _flag(f"{place}.at_once", values["at_once"])
    why = _text_in(f"{place}.why", values["why"])
    return PolicyCall("setRule", (identity, rule, advisories, platforms, at_once, why))


def _removal(place: str, entry: Any) -> PolicyCall:
    _require_fields(place, entry, REMOVAL, set())
    identity = _hex(f"{place}.identity", entry["identity"], 32)
    at_once = _flag(f"{place}.at_once", entry["at_once"])
    return PolicyCall("removeRule", (identity, at_once, _text_in(f"{place}.why", entry["why"])))


def _require_fields(place: str, entry: Any, needed: set[str], optional: set[str]) -> None:
    if not isinstance(entry, Mapping):
        raise PolicyFileError(f"{place} is not a list of fields")
    if missing := sorted(needed - entry.keys()):
        raise PolicyFileError(f"{place} lacks {', '.join(missing)}")
    if unknown := sorted(str(one) for one in entry.keys() - needed - optional):
        raise PolicyFileError(f"{place} has {', '.join(unknown)}, which mean nothing")


def _list_of(content: Mapping[str, Any], name: str) -> list[Any]:
    entries = content.get(name, [])
    if not isinstance(entries, list):
        raise PolicyFileError(f"{name} is not a list")
    return entries


def _names(place: str, entries: Any) -> list[Any]:
    if not isinstance(entries, (list, tuple)) or len(set(map(str, entries))) != len(entries):
        raise PolicyFileError(f"{place} is not a list of different names")
    return list(entries)


def _hex(place: str, value: Any, length: int) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise PolicyFileError(f"{place} is not a text that begins with 0x (numbers need quotes)")
    try:
        data = bytes.fromhex(value[2:])
    except ValueError:
        data = b""
    if len(data) != length:
        raise PolicyFileError(f"{place} has not {length} bytes")
    return data


def _word(place: str, value: Any) -> bytes:
    if not isinstance(value, str) or not value.isascii() or len(value) > 31:
        raise PolicyFileError(f"{place} is not a short ASCII name")
    return value.encode().ljust(32, b"\0")


def _number(place: str, value: Any, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise PolicyFileError(f"{place} is not a number from {lowest} to {highest}")
    return value


def _flag(place: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PolicyFileError(f"{place} is neither true nor false")
    return value


def _text_in(place: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyFileError(f"{place} says nothing")
    return value
