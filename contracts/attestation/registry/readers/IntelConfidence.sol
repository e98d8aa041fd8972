// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../../TcbStatus.sol";

/// @title The confidence that Phala's rules give to Intel's statuses
/// @notice 1: up to date. 2: software hardening needed. 3: configuration needed, with or without it. 4: the same with an
/// advisory that is not among the four below. 5: out of date; so is a TD that should be launched again, as it was measured
/// under a TCB that is out of date, however new what runs beneath it now.
library IntelConfidence {
    bytes32 private constant SA_00219 = "INTEL-SA-00219";
    bytes32 private constant SA_00334 = "INTEL-SA-00334";
    bytes32 private constant SA_00381 = "INTEL-SA-00381";
    bytes32 private constant SA_00389 = "INTEL-SA-00389";

    /// @notice Confidence from 1, the best, to 5; 0 for a status that nothing can be built on.
    function confidenceFor(TcbStatus status, bytes32[] memory advisories) internal pure returns (uint8) {
        if (status == TcbStatus.UpToDate) return 1;
        if (status == TcbStatus.SWHardeningNeeded) return 2;
        if (status == TcbStatus.ConfigurationNeeded || status == TcbStatus.ConfigurationAndSWHardeningNeeded) {
            return _areAllKnown(advisories) ? 3 : 4;
        }
        if (status == TcbStatus.None || status == TcbStatus.Revoked) return 0;
        return 5;
    }

    function _areAllKnown(bytes32[] memory advisories) private pure returns (bool) {
        for (uint256 i; i < advisories.length; ++i) {
            bytes32 name = advisories[i];
            if (name != SA_00219 && name != SA_00334 && name != SA_00381 && name != SA_00389) return false;
        }
        return true;
    }
}
