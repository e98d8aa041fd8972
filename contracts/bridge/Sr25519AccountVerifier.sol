// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Edwards25519TableHolder} from "../cryptography/Edwards25519TableHolder.sol";
import {Sr25519} from "../cryptography/Sr25519.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";

/// @title Accounts whose id is an sr25519 public key
/// @notice Evidence: 144 bytes, see Sr25519. The account zero, the identity of ristretto255, is never accepted.
contract Sr25519AccountVerifier is IAccountVerifier, Edwards25519TableHolder {
    constructor(address lowTable, address highTable) Edwards25519TableHolder(lowTable, highTable) {}

    /// @inheritdoc IAccountVerifier
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool) {
        if (KeylessAccounts.isKeyless(account)) return false;
        return Sr25519.verify(account, message, evidence, LOW_TABLE, HIGH_TABLE);
    }
}
