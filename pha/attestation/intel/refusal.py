# SPDX-License-Identifier: Apache-2.0
"""Why evidence that parses is nevertheless no evidence."""

from __future__ import annotations


class RefusedError(Exception):
    """Evidence that breaks a rule.

    Attributes:
        rule: the rule's name, words joined by underscores, such as `quote_signature`.
        reason: what was expected and found.
        policy: True where only a policy default forbids it and nothing is unproven.
    """

    def __init__(self, rule: str, reason: str, policy: bool = False) -> None:
        self.rule = rule
        self.reason = reason
        self.policy = policy
        super().__init__(f"{rule}: {reason}")


def require(condition: bool, rule: str, reason: str, policy: bool = False) -> None:
    """Refuse unless the condition holds.

    Raises:
        RefusedError: it doesn't.
    """
    if not condition:
        raise RefusedError(rule, reason, policy)
