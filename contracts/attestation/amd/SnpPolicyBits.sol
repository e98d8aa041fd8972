// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Bits of a guest's policy and of the platform's information
/// @notice AMD 56860, "SEV Secure Nested Paging Firmware ABI Specification", chapters 4.3 and 7.3 (revision 1.58).
library SnpPolicyBits {
    /// @notice Always set.
    uint64 internal constant RESERVED_ONE = 1 << 17;
    /// @notice The guest may be given to a migration agent.
    uint64 internal constant MIGRATE_MA = 1 << 18;
    /// @notice The host may read and change the guest.
    uint64 internal constant DEBUG = 1 << 19;
    /// @notice ABI version (0 to 15), SMT, bit 17, MIGRATE_MA, DEBUG, SINGLE_SOCKET, CXL_ALLOW, MEM_AES_256_XTS, RAPL_DIS,
    /// CIPHERTEXT_HIDING_DRAM, PAGE_SWAP_DISABLE. All other bits are zero.
    uint64 internal constant POLICY_KNOWN = (1 << 26) - 1;
    /// @notice SMT_EN, TSME_EN, ECC_EN, RAPL_DIS, CIPHERTEXT_HIDING_DRAM_EN, ALIAS_CHECK_COMPLETE, IOMMU_WRITE_SAFE,
    /// TIO_EN. All other bits are zero.
    uint64 internal constant PLATFORM_KNOWN = (1 << 8) - 1;
}
