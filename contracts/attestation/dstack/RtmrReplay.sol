// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384} from "../../cryptography/Sha384.sol";

/// @title A runtime measurement register of a TD, replayed from what was extended into it
/// @notice Intel TDX Module Base Architecture Specification, "TDG.MR.RTMR.EXTEND": a register starts as 48 zero bytes, and
/// extending it by a digest of 48 bytes makes it SHA-384(register ‖ digest). Whoever shows digests that lead to the value in
/// a report has shown all that was extended, in order: nothing can be left out, added or moved.
library RtmrReplay {
    /// @notice Bytes of a register, and of a digest.
    uint256 internal constant BYTES = 48;

    /// @notice 48 bytes: a register, or what it is extended by.
    /// @param head Bytes 0 to 31
    /// @param tail Bytes 32 to 47
    struct Register {
        bytes32 head;
        bytes16 tail;
    }

    /// @notice The register after one more digest: one block of SHA-384.
    function extend(Register memory register, Register memory digest) internal pure returns (Register memory next) {
        (next.head, next.tail) = Sha384.digest(
            abi.encodePacked(register.head, register.tail, digest.head, digest.tail)
        );
    }

    /// @notice The register after digests that stand one after another.
    /// @param digests A whole number of them; what is left over is not looked at, so the caller checks the length
    function extendAll(Register memory register, bytes calldata digests) internal pure returns (Register memory next) {
        next = register;
        // No overflow: bounded by the length of calldata.
        unchecked {
            for (uint256 position = 0; position + BYTES <= digests.length; position += BYTES) {
                next = extend(next, read(digests, position));
            }
        }
    }

    /// @notice The 48 bytes at a position, all of which are within the data.
    function read(bytes calldata data, uint256 position) internal pure returns (Register memory) {
        return Register(bytes32(data[position:]), bytes16(data[position + 32:]));
    }

    /// @notice Whether two are the same.
    function equals(Register memory one, Register memory other) internal pure returns (bool) {
        return one.head == other.head && one.tail == other.tail;
    }
}
