// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Edwards25519TableHolder} from "../cryptography/Edwards25519TableHolder.sol";
import {Ed25519} from "../cryptography/Ed25519.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";

/// @title Accounts whose id is an ed25519 public key
/// @notice Evidence: 144 bytes, see Ed25519. The eight points of small order are never accepted, in any encoding.
contract Ed25519AccountVerifier is IAccountVerifier, Edwards25519TableHolder {
    constructor(address lowTable, address highTable) Edwards25519TableHolder(lowTable, highTable) {}

    /// @inheritdoc IAccountVerifier
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool) {
        if (KeylessAccounts.isKeyless(account)) return false;
        return Ed25519.verify(account, message, evidence, LOW_TABLE, HIGH_TABLE);
    }
}
