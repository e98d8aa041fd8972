// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../TcbStatus.sol";
import {IIntelCertificates} from "./IIntelCertificates.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {IntelQuoteVerifier} from "./IntelQuoteVerifier.sol";
import {StatusConvergence} from "./StatusConvergence.sol";
import {TcbInfoView} from "./TcbInfoView.sol";

/// @title Quotes of Intel SGX enclaves: version 3, and versions 4 and 5 with an enclave's report
contract SgxQuoteVerifier is IntelQuoteVerifier {
    /// @dev The first eight bytes of ATTRIBUTES, the first on top: bit n is bit n % 8 of byte n / 8.
    uint256 private constant DEBUG = 0x02 << 56; // bit 1
    uint256 private constant PROVISION_KEY = 0x10 << 56; // bit 4
    uint256 private constant EINITTOKEN_KEY = 0x20 << 56; // bit 5
    /// @dev All but INIT (0), DEBUG (1), MODE64BIT (2), PROVISION_KEY (4), EINITTOKEN_KEY (5), CET (6), KSS (7) and
    /// AEX_NOTIFY (10).
    uint256 private constant RESERVED = 0x08fbffffffffffff;

    constructor(
        IIntelCertificates certificates,
        IIntelCollateral collateral
    ) IntelQuoteVerifier(certificates, collateral) {}

    /// @inheritdoc IntelQuoteVerifier
    function kind() public pure override returns (bytes32) {
        return "intel.sgx";
    }

    function _isTdx() internal pure override returns (bool) {
        return false;
    }

    function _platformStatus(
        uint256 tcbInfo,
        IIntelCertificates.Pck memory pck,
        TcbStatus qeStatus,
        bytes memory
    ) internal pure override returns (bytes32 reason, TcbStatus status, uint256 mask) {
        (status, mask) = TcbInfoView.matchSgx(tcbInfo, pck.cpuSvn, pck.pceSvn);
        if (status == TcbStatus.None) return ("TcbLevelNone", status, 0);
        status = StatusConvergence.withPart(status, qeStatus);
    }

    function _refusal(bytes memory report, uint256 allowances) internal pure override returns (bytes32) {
        uint256 attributes;
        assembly ("memory-safe") {
            // ATTRIBUTES stand at 48.
            attributes := shr(192, mload(add(report, 0x50)))
        }
        if (attributes & DEBUG != 0 && allowances & ALLOW_DEBUG == 0) return "Debug";
        if (attributes & RESERVED != 0 && allowances & ALLOW_RESERVED_ATTRIBUTES == 0) return "AttributesReserved";
        if (attributes & PROVISION_KEY != 0 && allowances & ALLOW_PROVISION_KEY == 0) return "ProvisionKey";
        if (attributes & EINITTOKEN_KEY != 0 && allowances & ALLOW_EINITTOKEN_KEY == 0) return "EinitTokenKey";
        return 0;
    }
}
