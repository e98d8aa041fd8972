# SPDX-License-Identifier: Apache-2.0
"""Bytes kept as contract code: what is read is what was written, and nothing more fits or runs."""

from __future__ import annotations

import random

import pytest

from tests.direct_call import CallFailedError, failure, send

#: EIP-170 allows 24,576 bytes of code; the first is a STOP.
MOST = 24_575


@pytest.fixture(scope="module")
def blobs(project, deployer):
    return deployer.deploy(project.MockDataBlob)


@pytest.fixture
def write(blobs, deployer):
    """Callable `(data)`: the address of the blob."""

    def write_blob(data: bytes) -> str:
        send(deployer, blobs.write, data)
        return blobs.last()

    return write_blob


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 1000, MOST])
def test_blob_reads_as_it_was_written(blobs, write, chain, length):
    data = random.Random(length).randbytes(length)
    blob = write(data)
    assert bytes(chain.provider.get_code(blob)) == b"\0" + data
    assert blobs.length(blob) == length
    if length <= 1000:
        read, following = blobs.read(blob)
        assert (bytes(read), bytes(following)) == (data, bytes(32))
    assert blobs.memoryKept()


def test_word_is_read_from_any_offset_and_zeros_past_the_end(blobs, write):
    data = random.Random(7).randbytes(70)
    blob = write(data)
    for offset in (0, 1, 38, 39, 60, 69, 70, 71, 5000):
        assert bytes(blobs.readWord(blob, offset)) == data[offset : offset + 32].ljust(32, b"\0")


def test_blob_is_refused_when_larger_than_code_may_be(blobs, deployer):
    with pytest.raises(CallFailedError) as caught:
        send(deployer, blobs.write, bytes(MOST + 1))
    assert (caught.value.name, caught.value.values) == ("BlobTooLarge", (MOST + 1,))


def test_write_says_so_when_gas_runs_out_in_the_creation(blobs):
    """The creation gets 63 of 64 parts of the gas: with what is left the call can still fail by name."""
    # A byte of code costs 200: three million are enough for all but the creation.
    assert failure(blobs.write, bytes(MOST), gas=3_000_000).name == "BlobNotWritten"


def test_blob_does_nothing_when_called(write, deployer, chain):
    blob = write(b"\xff" * 40)  # an invalid instruction, were it ever run
    receipt = chain.provider.web3.eth.call({"to": blob, "from": deployer.address, "data": "0x12345678"})
    assert bytes(receipt) == b""
