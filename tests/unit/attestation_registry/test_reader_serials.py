# SPDX-License-Identifier: Apache-2.0
"""EvidenceRouter: serials are never used twice, so there is an end to them, and up to it they do what they should."""

from __future__ import annotations

import pytest

from tests.direct_call import GAS_LIMIT, failure, send
from tests.unit.attestation_registry.registry_world import ANNOUNCE_HOURS, HOUR, PARAMETERS, word

LAST = 95
KIND = word("example.tee")


@pytest.fixture(scope="module")
def reader(deployed_world, deployer):
    return deployer.deploy(deployed_world.project.MockEvidenceReader, KIND)


def deploy_with(world, readers):
    """The receipt. Straight from the node: to read the events of all these readers takes ape seconds."""
    web3 = world.chain.provider.web3
    data = world.project.AttestationRegistry(world.manager, PARAMETERS, readers).data
    sent = web3.eth.send_transaction({"from": world.sender.address, "data": data, "gas": GAS_LIMIT})
    return web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.002)


@pytest.fixture(scope="module")
def crowded(deployed_world, reader):
    """A registry with one serial left: the same reader has had all others."""
    receipt = deploy_with(deployed_world, [reader] * (LAST - 1))
    return deployed_world.project.AttestationRegistry.at(receipt["contractAddress"])


def announce(world, registry, reader):
    send(world.sender, registry.announceReader, KIND, reader)
    world.pass_time(ANNOUNCE_HOURS * HOUR)


def test_last_serial_is_given_and_none_after_it(world, crowded, reader):
    announce(world, crowded, reader)
    send(world.sender, crowded.activateReader, KIND, reader)
    assert crowded.readerOf(KIND).serial == LAST
    announce(world, crowded, reader)
    assert failure(crowded.activateReader, KIND, reader).name == "TooManyReaders"
    # To retire one makes no room, or old verdicts would be taken for a new reader's.
    send(world.sender, crowded.retireReader, 1)
    assert failure(crowded.activateReader, KIND, reader).name == "TooManyReaders"
    assert crowded.readerOf(KIND).serial == LAST


def test_first_and_last_reader_can_be_retired(world, crowded, reader):
    """They are the ends of a set of bits, which stands in one word with other things."""
    announce(world, crowded, reader)
    send(world.sender, crowded.activateReader, KIND, reader)
    for retired in ([1], [1, LAST]):
        send(world.sender, crowded.retireReader, retired[-1])
        assert [serial for serial in (0, 1, 2, LAST - 1, LAST, LAST + 1) if crowded.isRetired(serial)] == retired
        assert failure(crowded.retireReader, retired[-1], sender=world.sender).name == "ReaderNotServing"
    assert crowded.readerOf(KIND).serial == 0
    assert [crowded.getParameter(number) for number in range(len(PARAMETERS))] == PARAMETERS


def test_constructor_takes_as_many_readers_as_there_are_serials(world, reader):
    full, beyond = (deploy_with(world, [reader] * count) for count in (LAST, LAST + 1))
    assert full["status"] == 1
    assert world.project.AttestationRegistry.at(full["contractAddress"]).readerOf(KIND).serial == LAST
    assert beyond["status"] == 0
    assert beyond["gasUsed"] < GAS_LIMIT  # it was refused, and did not run out
