// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A kind of offence that anyone can prove on chain
/// @notice Implemented where the proof belongs: attestation that was refused after the fact, two signed answers to one
/// request, two signed reports for one epoch. Trusted by the slash manager, which governance tells which grounds count.
interface ISlashGround {
    /// @notice What was proven.
    /// @param id Names the offence: the same one proven with other bytes has the same id.
    /// @param worker Whose stake answers for it.
    /// @param committedAt When, in Unix seconds.
    /// @param level 1 to 4; the parameters say what each costs.
    struct Offence {
        bytes32 id;
        bytes32 worker;
        uint48 committedAt;
        uint8 level;
    }

    /// @notice The offence that `evidence` proves. Reverts if it proves none.
    function judge(bytes calldata evidence) external view returns (Offence memory offence);
}
