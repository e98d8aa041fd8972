// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAccountVerifier} from "./IAccountVerifier.sol";

/// @title A verifier for accounts that others control
/// @notice It asks the verifiers it was made with about those others. They are fixed at construction and had code by
/// then, so verifiers only ever ask older ones: accounts can be nested as deep as was deployed, and never in a circle.
interface ICompositeVerifier is IAccountVerifier {
    /// @notice Thrown at construction when a scheme is given two verifiers.
    error SchemeTwice(uint8 scheme);

    /// @notice Thrown at construction when a scheme has a number that no claim can name.
    error SchemeOutOfRange(uint8 scheme);

    /// @notice Thrown at construction when there is no verifier to ask.
    error NoMemberVerifiers();

    /// @notice Thrown at construction when a verifier is not a contract.
    error MemberVerifierWithoutCode(uint8 scheme, address verifier);

    /// @notice The verifier it asks about accounts of a scheme; zero for none.
    function memberVerifierOf(uint8 scheme) external view returns (IAccountVerifier);

    /// @notice What members and delegates sign for `account` when a claim's sentence is `message`.
    function memberMessage(bytes32 account, bytes calldata message) external pure returns (bytes memory);
}
