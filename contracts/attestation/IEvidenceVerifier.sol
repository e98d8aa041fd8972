// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Outcome} from "./Outcome.sol";
import {TcbStatus} from "./TcbStatus.sol";
import {Verdict} from "./Verdict.sol";

/// @title A verifier of one kind of hardware evidence
/// @notice Anyone may call it about anything. Evidence that is malformed, forged, expired or refused gets a verdict
/// that says so; a call reverts only where it was given too little gas to reach a verdict.
interface IEvidenceVerifier {
    /// @notice Evidence was judged by {verify}. Anyone chooses the allowances of their own call, and only they should
    /// go by what comes of it: `Accepted` with allowances is no verdict for anyone who would not have given them.
    /// @param reportHash Keccak-256 of the report as signed; that of nothing where none was proven
    event EvidenceJudged(
        bytes32 indexed platform,
        Outcome indexed outcome,
        TcbStatus status,
        bytes32 reason,
        uint256 validUntil,
        uint256 allowances,
        bytes32 reportHash
    );

    /// @notice Judge evidence now, and keep the platform's certificate if it is genuine, so that the platform's next
    /// evidence costs less.
    /// @param evidence As the kind defines it
    /// @param allowances Bits of what is refused by default and allowed this time, as the kind defines them
    function verify(bytes calldata evidence, uint256 allowances) external returns (Verdict memory);

    /// @notice The same verdict, with nothing kept.
    function judge(bytes calldata evidence, uint256 allowances) external view returns (Verdict memory);

    /// @notice Short ASCII name of the kind of evidence.
    function kind() external view returns (bytes32);
}
