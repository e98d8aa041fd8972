// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Intel's words for how well a machine is kept, as a dstack KMS passes them on
library TcbStatusText {
    bytes32 private constant UP_TO_DATE = keccak256("UpToDate");

    /// @notice Whether it is the best of them.
    function isUpToDate(string calldata status) internal pure returns (bool) {
        return keccak256(bytes(status)) == UP_TO_DATE;
    }
}
