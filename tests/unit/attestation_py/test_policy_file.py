# SPDX-License-Identifier: Apache-2.0
"""Changes to the measurement policy, written in YAML: what they become, and what is not understood."""

from __future__ import annotations

import pytest
import yaml

from pha.attestation.policy_file import PolicyFileError, parse_policy

RULE = {
    "identity": "0x" + "ab" * 32,
    "kind": "intel.sgx",
    "attributes": "0x" + "01" * 16,
    "worst_confidence": 3,
    "max_age_hours": 24,
    "open_to_advisories": False,
    "why": "reviewed",
}
REMOVAL = {"identity": "0x" + "cd" * 32, "at_once": True, "why": "leaked"}


def parse(rules=(RULE,), remove=(), **more):
    content = {"description": "A change", "rules": list(rules), "remove": list(remove)} | more
    return parse_policy(yaml.safe_dump(content))


def test_a_rule_left_short_has_the_strictest_meaning():
    (call,) = parse().calls
    identity, rule, advisories, platforms, at_once, why = call.arguments
    assert (call.method, identity, at_once, why) == ("setRule", b"\xab" * 32, False, "reviewed")
    assert (advisories, platforms) == ([], [])
    assert rule == {
        "kind": b"intel.sgx".ljust(32, b"\0"),
        "attributes": b"\x01" * 16,
        "attributesMask": b"\xff" * 16,
        "allowances": 0,
        "worstConfidence": 3,
        "minimumDevices": 0,
        "deviceModel": bytes(32),
        "maxAgeHours": 24,
        "isOpenToAdvisories": False,
        "isOnListedPlatforms": False,
    }


def test_lists_are_taken_and_platforms_close_a_rule():
    given = RULE | {"advisories": ["INTEL-SA-00615"], "platforms": ["0x" + "02" * 32]}
    _, rule, advisories, platforms, *_ = parse([given]).calls[0].arguments
    assert advisories == [b"INTEL-SA-00615".ljust(32, b"\0")]
    assert platforms == [b"\x02" * 32]
    assert rule["isOnListedPlatforms"]


def test_rules_come_before_removals():
    change = parse(remove=[REMOVAL])
    assert change.description == "A change"
    assert [call.method for call in change.calls] == ["setRule", "removeRule"]
    assert change.calls[1].arguments == (b"\xcd" * 32, True, "leaked")


@pytest.mark.parametrize("field", sorted(RULE))
def test_what_decides_has_to_be_said(field):
    with pytest.raises(PolicyFileError, match=f"lacks {field}"):
        parse([{name: value for name, value in RULE.items() if name != field}])


@pytest.mark.parametrize("field", sorted(REMOVAL))
def test_what_decides_a_removal_has_to_be_said(field):
    with pytest.raises(PolicyFileError, match=f"lacks {field}"):
        parse(remove=[{name: value for name, value in REMOVAL.items() if name != field}])


@pytest.mark.parametrize(
    "change",
    [
        {"identity": "0x12"},
        {"identity": 12},
        {"identity": "ab" * 32},
        {"attributes": "0x" + "zz" * 16},
        {"attributes_mask": "0x"},
        {"kind": "k" * 32},
        {"kind": "kínd"},
        {"worst_confidence": 0},
        {"worst_confidence": 6},
        {"worst_confidence": True},
        {"max_age_hours": 0},
        {"max_age_hours": 1.5},
        {"minimum_devices": 17},
        {"allowances": -1},
        {"open_to_advisories": "yes"},
        {"at_once": 1},
        {"why": " "},
        {"advisories": "INTEL-SA-00615"},
        {"advisories": ["A", "A"]},
        {"platforms": ["0x12"]},
        {"worst_confidense": 1},
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused(change):
    with pytest.raises(PolicyFileError):
        parse([RULE | change])


@pytest.mark.parametrize(
    "text", ["", "[]", "description: x", "a: [", "description: x\nrules: 1", "description: x\nrules: [1]"]
)
def test_a_text_that_is_no_change_is_refused(text):
    with pytest.raises(PolicyFileError):
        parse_policy(text)


def test_an_identity_comes_once():
    with pytest.raises(PolicyFileError, match="twice"):
        parse(remove=[REMOVAL | {"identity": RULE["identity"]}])
