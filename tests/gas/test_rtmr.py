# SPDX-License-Identifier: Apache-2.0
"""Gas of event logs, on what a real guest measured.

Execution of a call as its caller pays it, the cold access to the reader included and calldata not.
"""

from __future__ import annotations

import json

import pytest

from pha.attestation.dstack.event_log import compact_log, parse_event_log
from tests.unit.attestation_dstack.guest import REAL, real_report


@pytest.fixture(scope="module")
def meter(project, deployer):
    return deployer.deploy(project.MockCallMeter)


@pytest.fixture(scope="module")
def reader(project, deployer):
    return deployer.deploy(project.DstackEventLog)


@pytest.fixture(scope="module")
def guest():
    return REAL["with_instance"]


def test_reading_a_boot(meter, reader, guest, record_gas):
    log = compact_log(parse_event_log(json.dumps(guest["events"])))
    succeeded, defect, used = meter.measure(reader, reader.read.encode_input(real_report(guest), log))
    assert succeeded
    assert defect == 0
    record_gas("rtmr.replay_dstack_boot", used)


def test_replaying_a_firmwares_register(meter, reader, guest, record_gas):
    events = [event for event in parse_event_log(json.dumps(guest["events"])) if event.register == 0]
    assert len(events) == 13
    succeeded, head, used = meter.measure(reader, reader.replay.encode_input(b"".join(one.digest for one in events)))
    assert succeeded
    assert f"{head:064x}" == guest["rtmrs"][0][:64]
    record_gas("rtmr.replay_13_digests", used)
