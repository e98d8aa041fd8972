// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AmdProduct} from "./AmdProduct.sol";

/// @title What governance demands of SEV-SNP platforms and guests, product line by product line
interface ISnpFloors {
    /// @notice What a report must reach. All zero demands nothing.
    /// @param tcb Least TCB version, byte by byte, of the current, reported, committed and launch TCB
    /// @param reportVersion Least version of the report
    /// @param abi Least ABI version that the guest's policy demands of firmware: major × 256 + minor
    /// @param policySet Bits of the guest's policy that must be set, such as SINGLE_SOCKET
    /// @param policyClear Bits of it that must be clear, such as SMT or CXL_ALLOW
    /// @param platformSet Bits of the platform's information that must be set, such as ALIAS_CHECK_COMPLETE
    /// @param platformClear Bits of it that must be clear, such as SMT_EN
    /// @param launchMitigations Bits of the launch mitigation vector that must be set; only version 5 has one
    /// @param currentMitigations Bits of the current mitigation vector that must be set; only version 5 has one
    struct Floor {
        uint64 tcb;
        uint8 reportVersion;
        uint16 abi;
        uint64 policySet;
        uint64 policyClear;
        uint64 platformSet;
        uint64 platformClear;
        uint64 launchMitigations;
        uint64 currentMitigations;
    }

    /// @notice A floor was set.
    event FloorSet(AmdProduct indexed product, uint256 revision, Floor previous, Floor floor);

    /// @notice Thrown when there is no such product line.
    error ProductUnknown();

    /// @notice Thrown when a floor is one that no report could reach without allowances: it asks for a version there is
    /// none of, for a bit without meaning, for one set and clear at once, for a guest that debugging or migration is allowed
    /// of, for something in a spare byte of the TCB, or for a platform on which its guests would not run.
    error FloorUnreachable(AmdProduct product);

    /// @notice Set a product line's floor. For whom the access manager says.
    function setFloor(AmdProduct product, Floor calldata floor) external;

    /// @notice A product line's floor, and how often it has been set.
    function floorOf(AmdProduct product) external view returns (Floor memory floor, uint32 revision);
}
