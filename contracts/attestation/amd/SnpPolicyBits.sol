// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Bits of a guest's policy and of the platform's information
/// @notice AMD 56860, "SEV Secure Nested Paging Firmware ABI Specification", chapters 4.3 and 7.3 (revision 1.58).
library SnpPolicyBits {
    /// @notice The guest may run where SMT is enabled.
    uint64 internal constant SMT = 1 << 16;
    /// @notice Always set.
    uint64 internal constant RESERVED_ONE = 1 << 17;
    /// @notice The guest may be given to a migration agent.
    uint64 internal constant MIGRATE_MA = 1 << 18;
    /// @notice The host may read and change the guest.
    uint64 internal constant DEBUG = 1 << 19;
    /// @notice The guest runs only where RAPL, by which power can be measured, is disabled.
    uint64 internal constant RAPL_DISABLE = 1 << 23;
    /// @notice The guest runs only where the host doesn't see the ciphertext of memory.
    uint64 internal constant HIDE_CIPHERTEXT = 1 << 24;
    /// @notice ABI version (0 to 15), SMT, bit 17, MIGRATE_MA, DEBUG, SINGLE_SOCKET, CXL_ALLOW, MEM_AES_256_XTS, RAPL_DIS,
    /// CIPHERTEXT_HIDING_DRAM, PAGE_SWAP_DISABLE. All other bits are zero.
    uint64 internal constant POLICY_KNOWN = (1 << 26) - 1;
    /// @notice Of the platform: SMT is enabled.
    uint64 internal constant SMT_ENABLED = 1 << 0;
    /// @notice Of the platform: RAPL is disabled.
    uint64 internal constant RAPL_DISABLED = 1 << 3;
    /// @notice Of the platform: the host doesn't see the ciphertext of memory.
    uint64 internal constant CIPHERTEXT_HIDDEN = 1 << 4;
    /// @notice SMT_EN, TSME_EN, ECC_EN, RAPL_DIS, CIPHERTEXT_HIDING_DRAM_EN, ALIAS_CHECK_COMPLETE, IOMMU_WRITE_SAFE,
    /// TIO_EN. All other bits are zero.
    uint64 internal constant PLATFORM_KNOWN = (1 << 8) - 1;
}
