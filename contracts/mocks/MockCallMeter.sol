// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What a static call costs its caller
contract MockCallMeter {
    /// @notice Gas between the instruction before the call and the one after it, the cold access to the callee included;
    /// neither this contract's own transaction nor the making of the call's data is in it.
    /// @return succeeded Whether the callee returned.
    /// @return word The first word it returned.
    /// @return gasUsed The gas.
    function measure(
        address callee,
        bytes memory data
    ) external view returns (bool succeeded, uint256 word, uint256 gasUsed) {
        assembly ("memory-safe") {
            let gasBefore := gas()
            succeeded := staticcall(gas(), callee, add(data, 0x20), mload(data), 0, 0x20)
            gasUsed := sub(gasBefore, gas())
            word := mload(0)
        }
    }
}
