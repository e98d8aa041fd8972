// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Identities that follow from a report and something more
/// @notice Such as what an event log, replayed into a report's registers, says was started. A reader asks it for an identity
/// in a form that the report alone does not give.
interface IIdentityProofs {
    /// @notice The identity that a proof shows a report to have.
    /// @param report The report as signed
    /// @param proof Whatever proves it. It is anyone's: a wrong one may fail, and must never give an identity that the
    /// report does not have
    /// @return reason Short ASCII name of why there is none; zero where there is one
    /// @return identity The identity
    function identityOf(
        bytes calldata report,
        bytes calldata proof
    ) external view returns (bytes32 reason, bytes32 identity);
}
