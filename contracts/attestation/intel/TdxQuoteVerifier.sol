// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {TcbStatus} from "../TcbStatus.sol";
import {IIntelCertificates} from "./IIntelCertificates.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {IntelQuoteVerifier} from "./IntelQuoteVerifier.sol";
import {QuoteReader} from "./QuoteReader.sol";
import {StatusConvergence} from "./StatusConvergence.sol";
import {TcbInfoView} from "./TcbInfoView.sol";

/// @title Quotes of Intel TDs: version 4, and version 5 with a TD report of TDX 1.0 or 1.5
contract TdxQuoteVerifier is IntelQuoteVerifier {
    /// @dev TD attributes as eight bytes, the first on top: bit n is bit n % 8 of byte n / 8.
    uint256 private constant DEBUG = 0x01 << 56; // bit 0
    uint256 private constant SEPT_VE_DISABLE = 0x10 << 32; // bit 28
    /// @dev All but DEBUG, ICSSD (16), LASS (27), SEPT_VE_DISABLE, PKS (30), KL (31), TPA (62) and PERFMON (63).
    /// MIGRATABLE (29) is among them: a TD that can be moved is not bound to the platform judged here.
    uint256 private constant RESERVED = 0xfefffe27ffffff3f;

    constructor(
        IIntelCertificates certificates,
        IIntelCollateral collateral
    ) IntelQuoteVerifier(certificates, collateral) {}

    /// @inheritdoc IntelQuoteVerifier
    function kind() public pure override returns (bytes32) {
        return "intel.tdx";
    }

    function _isTdx() internal pure override returns (bool) {
        return true;
    }

    /// @dev A report of TDX 1.5 also says what the TD runs under now, at 584. That is judged like what it was launched
    /// under, and refused for the same reasons; then the launch decides, and the other only whether launching the TD
    /// again would help. Advisories are those of the launch.
    function _platformStatus(
        uint256 tcbInfo,
        IIntelCertificates.Pck memory pck,
        TcbStatus qeStatus,
        bytes memory report
    ) internal pure override returns (bytes32 reason, TcbStatus status, uint256 mask) {
        uint256 position = _content(report);
        (reason, status, mask) = _statusAt(tcbInfo, pck, qeStatus, position, position);
        if (reason != 0 || report.length != QuoteReader.TD_REPORT_15) return (reason, status, mask);
        TcbStatus current;
        (reason, current, ) = _statusAt(tcbInfo, pck, qeStatus, position, position + 584);
        if (reason != 0) return (reason, TcbStatus.None, 0);
        status = StatusConvergence.withCurrent(status, current);
    }

    /// @dev The platform's status with the sixteen SVNs at the memory address `svnAt`.
    function _statusAt(
        uint256 tcbInfo,
        IIntelCertificates.Pck memory pck,
        TcbStatus qeStatus,
        uint256 report,
        uint256 svnAt
    ) private pure returns (bytes32 reason, TcbStatus status, uint256 mask) {
        bytes16 svn;
        assembly ("memory-safe") {
            svn := and(mload(svnAt), not(0xffffffffffffffffffffffffffffffff))
        }
        (status, mask) = TcbInfoView.matchTdx(tcbInfo, pck.cpuSvn, pck.pceSvn, svn);
        if (status == TcbStatus.None) return ("TcbLevelNone", status, 0);
        TcbStatus module;
        uint256 moduleMask;
        (reason, module, moduleMask) = TcbInfoView.matchModule(tcbInfo, report, svn);
        if (reason != 0) return (reason, TcbStatus.None, 0);
        status = StatusConvergence.withPart(StatusConvergence.withPart(status, module), qeStatus);
        mask |= moduleMask;
    }

    function _refusal(bytes memory report, uint256 allowances) internal pure override returns (bytes32) {
        uint256 position = _content(report);
        uint256 attributes;
        uint256 service;
        assembly ("memory-safe") {
            attributes := shr(192, mload(add(position, 120)))
        }
        if (attributes & DEBUG != 0 && allowances & ALLOW_DEBUG == 0) return "Debug";
        if (attributes & RESERVED != 0 && allowances & ALLOW_RESERVED_ATTRIBUTES == 0) return "AttributesReserved";
        if (attributes & SEPT_VE_DISABLE == 0 && allowances & ALLOW_SEPT_VE == 0) return "SeptVe";
        if (report.length == QuoteReader.TD_REPORT_15) {
            // MRSERVICETD: the last 48 bytes.
            assembly ("memory-safe") {
                service := or(mload(add(position, 600)), shr(128, mload(add(position, 632))))
            }
            if (service != 0 && allowances & ALLOW_SERVICE_TD == 0) return "ServiceTd";
        }
        return 0;
    }
}
