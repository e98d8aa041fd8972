// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Verdict} from "./Verdict.sol";

/// @title The 64 bytes that a CPU's evidence carries for the program it is about
library ReportData {
    uint256 private constant BYTES = 64;

    /// @dev Where report data stands in the report of each kind: a TD report (Intel TDX DCAP Quoting Library API, appendix
    /// A), an enclave report (Intel SGX Programming Reference, 38.15), an attestation report (AMD 56860, table 22).
    uint256 private constant TDX = 520;
    uint256 private constant SGX = 320;
    uint256 private constant SNP = 80;

    /// @notice The two halves of the report data in a verdict.
    /// @return known Whether the verdict is of a kind that has report data
    function halves(Verdict memory verdict) internal pure returns (bool known, bytes32 first, bytes32 second) {
        uint256 offset;
        if (verdict.kind == "intel.tdx") offset = TDX;
        else if (verdict.kind == "intel.sgx") offset = SGX;
        else if (verdict.kind == "amd.sev-snp") offset = SNP;
        bytes memory report = verdict.report;
        if (offset == 0 || report.length < offset + BYTES) return (false, 0, 0);
        // Within the report, as just checked.
        assembly ("memory-safe") {
            first := mload(add(add(report, 0x20), offset))
            second := mload(add(add(report, 0x40), offset))
        }
        return (true, first, second);
    }
}
