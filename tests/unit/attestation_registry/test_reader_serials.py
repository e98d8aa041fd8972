# SPDX-License-Identifier: Apache-2.0
"""EvidenceRouter: serials are never used twice, so there is an end to them, and up to it they do what they should."""

from __future__ import annotations

import pytest

from tests.direct_call import GAS_LIMIT, failure, send
from tests.unit.attestation_amd.snp_suite import deployment_refusal
from tests.unit.attestation_registry.registry_world import ANNOUNCE_HOURS, HOUR, PARAMETERS, word

LAST = 95
KIND = word("example.tee")


@pytest.fixture(scope="module")
def reader(deployed_world, deployer):
    return deployer.deploy(deployed_world.project.MockEvidenceReader, KIND)


@pytest.fixture(scope="module")
def crowded(deployed_world, reader):
    """A registry with one serial left: the same reader has had all others."""
    world = deployed_world
    container, web3 = world.project.AttestationRegistry, world.chain.provider.web3
    # Straight to the node: to read the events of all these readers takes ape seconds.
    data = container(world.manager, PARAMETERS, [reader] * (LAST - 1)).data
    sent = web3.eth.send_transaction({"from": world.sender.address, "data": data, "gas": GAS_LIMIT})
    receipt = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.002)
    assert receipt["status"] == 1
    return container.at(receipt["contractAddress"])


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
        assert [serial for serial in range(LAST + 2) if crowded.isRetired(serial)] == retired
        assert failure(crowded.retireReader, retired[-1], sender=world.sender).name == "ReaderNotServing"
    assert crowded.readerOf(KIND).serial == 0
    assert [crowded.getParameter(number) for number in range(len(PARAMETERS))] == PARAMETERS


def test_constructor_takes_as_many_readers_as_there_are_serials(world, reader):
    container, provider = world.project.AttestationRegistry, world.chain.provider
    for count, refusal in ((LAST, None), (LAST + 1, "TooManyReaders")):
        arguments = (world.manager, PARAMETERS, [reader] * count)
        assert deployment_refusal(container, provider, *arguments) == refusal
