// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What became of evidence. `Invalid`: it proves nothing, or not now. `Refused`: it is genuine, and what it
/// says is not allowed. `Accepted`: it is genuine and allowed.
enum Outcome {
    Invalid,
    Refused,
    Accepted
}
