// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title A contract with more code than one address may hold
/// @notice Calls that it does not know run the code of a second half, on the storage of this one.
/// @dev The address is fixed in the code, so nobody can exchange the half. Both halves must have their whole storage from the
/// same ancestor. Sends no ether on: the fallback isn't payable.
abstract contract ExtendedCode {
    address private immutable OPERATIONS;

    /// @param operations The second half, made with the same constructor arguments as this one.
    constructor(address operations) {
        OPERATIONS = operations;
    }

    /// @dev Returns and reverts with what the second half does.
    fallback() external {
        address operations = OPERATIONS;
        // Not marked memory-safe: nothing of Solidity's memory is used once this has begun.
        assembly {
            calldatacopy(0, 0, calldatasize())
            let succeeded := delegatecall(gas(), operations, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(succeeded) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }
}
