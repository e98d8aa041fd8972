# SPDX-License-Identifier: Apache-2.0
"""A run killed anywhere and resumed ends where an undisturbed one does."""

from __future__ import annotations

import os

import pytest

from tests.migrations.disturbed_runs import CONTRACTS, OPERATIONS, Countdown, Killed, OverriddenChain, half_written


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


@pytest.mark.parametrize(
    "every",
    [pytest.param(False, id="last_acts_of_every_step"), pytest.param(True, id="every_act", marks=pytest.mark.deep)],
)
def test_resumed_run_equals_an_undisturbed_one_when_killed_after_any_act(world, undisturbed, rewinding, every):
    """Step by step: a step that was killed ends as if it had not been, and so what follows is the same.

    The last four acts of a step are those of its last transaction (journaled, sent, mined) and the record of its end.
    Unless every act is asked for, a step is killed after the first and the third of them, the next after the others.
    """
    wanted, ticks = undisturbed
    assert len(wanted["contracts"]) == CONTRACTS
    assert wanted["nonce"] >= len(wanted["mined"]) == sum(OPERATIONS.values())

    seen = 0
    for number, step in enumerate(step.name for step in world.project().steps):
        begun = world.path.read_bytes() if world.path.exists() else None

        def run(countdown, step=step):
            world.run(countdown, until=step)
            return world.state()

        counted = Countdown()
        ended = rewinding(lambda run=run, counted=counted: run(counted))
        acts = range(1, counted.ticks + 1)
        for fatal in acts if every else acts[-4:][number % 2 :: 2]:
            restore(world.path, begun)

            def killed_and_resumed(fatal=fatal, run=run):
                with pytest.raises(Killed):
                    run(Countdown(fatal))
                return run(Countdown())

            assert rewinding(killed_and_resumed) == ended, f"killed at act {fatal} of {counted.ticks} of {step}"
        restore(world.path, begun)
        assert run(Countdown()) == ended
        seen += counted.ticks
    assert seen == ticks
    assert world.state() == wanted


def restore(path, content: bytes | None) -> None:
    """The journal as it was; None where there was none."""
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)


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


def test_resumed_run_equals_an_undisturbed_one_when_killed_again_and_again(world, rewinding):
    def undisturbed():
        countdown = Countdown()
        world.run(countdown, until="060")
        return world.state(), countdown.ticks

    wanted, ticks = rewinding(undisturbed)
    world.path.unlink()

    def killed_often():
        for _ in range(ticks):
            try:
                world.run(Countdown(2), until="060")  # one more act, and the record of it at most
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
