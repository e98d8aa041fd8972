# SPDX-License-Identifier: Apache-2.0
"""A run killed anywhere and resumed ends where an undisturbed one does."""

from __future__ import annotations

import os

import pytest

from tests.migrations.disturbed_runs import Countdown, Killed, OverriddenChain, half_written


@pytest.fixture
def undisturbed(world, rewinding):
    """(state, ticks) of a run that nothing disturbs; the chain is as before and the journal gone."""

    def run():
        countdown = Countdown()
        world.run(countdown)
        return world.state(), countdown.ticks

    result = rewinding(run)
    world.path.unlink()
    return result


def test_resumed_run_equals_an_undisturbed_one_when_killed_after_any_act(world, undisturbed, rewinding):
    wanted, ticks = undisturbed
    assert len(wanted["contracts"]) == 17
    assert wanted["nonce"] >= len(wanted["mined"]) == 25

    for fatal in range(1, ticks + 1):

        def killed_and_resumed(fatal=fatal):
            with pytest.raises(Killed):
                world.run(Countdown(fatal))
            world.run()
            return world.state()

        assert rewinding(killed_and_resumed) == wanted, f"killed at act {fatal} of {ticks}"
        world.path.unlink()


def test_resumed_run_equals_an_undisturbed_one_when_any_line_is_cut(world, rewinding):
    def undisturbed():
        world.run(until="040")
        return world.state(), len(world.records())

    wanted, lines = rewinding(undisturbed)
    world.path.unlink()

    for torn in range(lines):
        written = []

        def write(journal, line, torn=torn, written=written):
            if len(written) == torn:
                half_written(journal, line)
            written.append(line)
            os.write(journal._descriptor, line)

        def cut_and_resumed(write=write):
            with pytest.raises(Killed):
                world.run(write=write, until="040")
            assert not world.path.read_bytes().endswith(b"\n")
            world.run(until="040")
            return world.state()

        assert rewinding(cut_and_resumed) == wanted, f"cut in line {torn + 1} of {lines}"
        assert [record["type"] for record in world.records()].count("torn") == 1
        world.path.unlink()


def test_resumed_run_equals_an_undisturbed_one_when_killed_again_and_again(world, undisturbed, rewinding):
    wanted, ticks = undisturbed

    def killed_often():
        for _ in range(ticks):
            try:
                world.run(Countdown(2))  # one more act, and the record of it at most
            except Killed:
                continue
            return world.state()
        raise AssertionError("the run does not get on")

    assert rewinding(killed_often) == wanted


def test_same_bytes_are_sent_again_when_killed_before_sending(world):
    def dies(raw):
        raise Killed

    chain = OverriddenChain(world.chain, send_raw=dies)
    with pytest.raises(Killed):
        world.run(chain=chain)
    prepared = [record for record in world.records() if record["type"] == "prepared"]
    sent = []
    spy = OverriddenChain(world.chain, send_raw=lambda raw: (sent.append(raw), world.chain.send_raw(raw)))
    world.run(chain=spy)
    assert "0x" + sent[0].hex() == prepared[0]["raw"]
    assert sent.count(sent[0]) == 1
