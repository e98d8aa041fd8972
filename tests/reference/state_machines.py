# SPDX-License-Identifier: Apache-2.0
"""How Hypothesis plays a state machine against a chain."""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    """Runs `examples` sequences of up to `steps` steps, the same in every run.

    Nothing is shrunk: a step costs the chain a tenth of a second or more. The sequence that failed is printed as it is.
    """
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
        ),
    )
