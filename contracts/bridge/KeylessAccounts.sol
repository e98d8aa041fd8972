// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Accounts that no key controls, known by their bytes
/// @notice Pallet accounts and sovereign accounts are written, not derived from a key, and all-zero is the identity
/// point, under which anyone can make an sr25519 or ed25519 signature.
library KeylessAccounts {
    /// @notice True for the accounts refused by name.
    /// @dev Prefixes shorter than four bytes (`bp/`, `so/`, `sl/`) are left to the snapshot: one in 2^24 real keys begins
    /// with each of them, and a holder must not be locked out by chance. Verifiers refuse what is weak in their scheme.
    function isKeyless(bytes32 account) internal pure returns (bool) {
        bytes4 prefix = bytes4(account);
        return
            account == 0 ||
            prefix == "modl" ||
            prefix == "para" ||
            prefix == "sibl" ||
            prefix == "spm/" ||
            bytes5(account) == "wpha/" ||
            bytes8(account) == "basepool";
    }
}
