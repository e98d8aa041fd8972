// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Bonded reporters of what workers did
/// @notice A seat is had by bond: the set is bounded and the highest bonds sit. Once a day is over, whoever collects enough
/// gatekeepers' signatures under one report of it files them together; by weight of bonds they must reach the quorum. Then
/// gatekeepers may object: more bond than the quorum leaves over voids the report, and another round begins. An epoch that
/// ends without a report pays nothing; its budget rolls on.
///
/// Two signed reports for one epoch and round cost the signer's bond, whoever shows them.
///
/// Trusted: a quorum of gatekeepers, for workers' performance and liveness and for the sums over them; not for attestation,
/// stake, a worker's value or anything beyond the epoch's budget, which the reward schedule finds on chain. A quorum is at
/// least two thirds, so two contradicting reports with quorum have a third of all bond between them to lose.
interface IGatekeeperSet {
    /// @notice What gatekeepers sign of an epoch.
    /// @param epoch UTC day, days since 1970.
    /// @param round How many reports of the epoch were voided before.
    /// @param root Of the Merkle tree over the records of the epoch.
    /// @param totalShare Sum of the records' shares, in wei of value.
    /// @param totalStake Sum of the records' stakes, in wei.
    struct Report {
        uint32 epoch;
        uint32 round;
        bytes32 root;
        uint128 totalShare;
        uint128 totalStake;
    }

    /// @notice A report that reached the quorum.
    /// @param previousEpoch The epoch accepted before; zero for none.
    /// @param finalAt First second at which it can't be objected to any more; zero if there is no report.
    /// @param eligible Bond of all seats when the epoch ended.
    /// @param objecting Bond of those who object.
    struct Accepted {
        bytes32 root;
        uint128 totalShare;
        uint128 totalStake;
        uint32 previousEpoch;
        uint40 finalAt;
        uint96 eligible;
        uint96 objecting;
    }

    /// @notice A gatekeeper.
    /// @param bond What is at stake, seated or unbonding.
    /// @param sinceDay The day of joining or of the last top-up: it counts in reports of that day and later.
    /// @param releaseAt First second at which the bond can be withdrawn; zero while seated.
    /// @param seat Place in the list, from 1; zero without a seat.
    /// @param leftDay The day on which the seat was left: it counts in reports of the days before. Zero while seated.
    struct Gatekeeper {
        uint96 bond;
        uint24 sinceDay;
        uint40 releaseAt;
        uint16 seat;
        uint24 leftDay;
    }

    /// @notice `gatekeeper` has a seat.
    event GatekeeperJoined(address indexed gatekeeper, uint256 bond);
    /// @notice The bond was raised.
    event GatekeeperToppedUp(address indexed gatekeeper, uint256 oldBond, uint256 newBond);
    /// @notice The seat was given up, or lost to a higher bond or a slash; the bond unbonds.
    event GatekeeperLeft(address indexed gatekeeper, uint256 bond, uint256 releaseAt);
    /// @notice A bond was paid out.
    event BondWithdrawn(address indexed gatekeeper, uint256 assets);
    /// @notice A report reached the quorum.
    event ReportAccepted(uint256 indexed epoch, uint256 round, bytes32 root, uint256 signed, uint256 eligible);
    /// @notice A gatekeeper objects to the report.
    event ReportObjected(uint256 indexed epoch, uint256 round, address indexed gatekeeper, uint256 objecting);
    /// @notice Too much bond objected: the report is void.
    event ReportVoided(uint256 indexed epoch, uint256 round);
    /// @notice Two signed reports of one epoch were shown.
    event EquivocationSlashed(
        address indexed gatekeeper,
        uint256 indexed epoch,
        address indexed reporter,
        uint256 slashed,
        uint256 reporterShare
    );
    /// @notice What was taken went to the treasury.
    event ProceedsDistributed(uint256 assets);

    /// @notice Thrown when a gatekeeper objects twice in a round.
    error AlreadyObjected(uint256 epoch, address gatekeeper);
    /// @notice Thrown when the bond is under the minimum, or in a full set not above the lowest.
    error BondTooSmall(uint256 bond, uint256 needed);
    /// @notice Thrown when an epoch isn't over, its time for reports has passed, or a later one has a report.
    error EpochNotOpen(uint256 epoch, uint256 from, uint256 until);
    /// @notice Thrown when the offence was slashed already, or nothing of the bond is left.
    error NothingToSlash(address gatekeeper);
    /// @notice Thrown when the bond isn't unbonding, or not for long enough.
    error NothingToWithdraw(address gatekeeper, uint256 releaseAt);
    /// @notice Thrown when two reports aren't two different ones of the same epoch and round.
    error NoEquivocation();
    /// @notice Thrown when one who has a seat would join.
    error AlreadySeated(address gatekeeper);
    /// @notice Thrown when the address had no seat when the epoch ended, or has raised its bond or withdrawn it since.
    error NotEligible(address gatekeeper, uint256 epoch);
    /// @notice Thrown when there is no report of the epoch that can be objected to.
    error ObjectionClosed(uint256 epoch, uint256 finalAt);
    /// @notice Thrown while the report of an earlier epoch can still be objected to.
    error PreviousNotFinal(uint256 epoch, uint256 finalAt);
    /// @notice Thrown when the signatures don't reach the quorum.
    error QuorumMissed(uint256 signed, uint256 needed, uint256 reporters, uint256 minReporters);
    /// @notice Thrown when signers aren't in strictly rising order, so that none counts twice.
    error SignersNotRising(address before, address signer);
    /// @notice Thrown when a report carries another round than the epoch's.
    error WrongRound(uint256 round, uint256 expected);

    /// @notice Bonds `assets` of the caller, and what of theirs still unbonds, for a seat. In a full set that must be more than
    /// the lowest bond, which leaves.
    function join(uint256 assets) external;

    /// @notice Adds to the caller's bond. The whole bond then counts from today's epoch on.
    function topUp(uint256 assets) external;

    /// @notice Gives up the caller's seat.
    function resign() external;

    /// @notice Pays out a bond that has unbonded, to its gatekeeper. Anyone.
    function withdraw(address gatekeeper) external returns (uint256 assets);

    /// @notice Files a report with gatekeepers' signatures. Anyone.
    /// @param signatures 65 bytes each: EIP-712 signatures of
    /// `Report(uint32 epoch,uint32 round,bytes32 root,uint128 totalShare,uint128 totalStake)`, by rising signers.
    function submit(Report calldata report, bytes[] calldata signatures) external;

    /// @notice Objects to the report of `epoch` before it is final. A gatekeeper whose bond counts for it.
    function object(uint256 epoch) external;

    /// @notice Slashes who signed both reports. Anyone; the caller has the reporter's share.
    function slashEquivocation(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external returns (address gatekeeper, uint256 slashed);

    /// @notice Sends what was taken to the treasury. Anyone.
    function distribute() external returns (uint256 assets);

    /// @notice The report accepted for an epoch; all zero if there is none.
    function reportOf(uint256 epoch) external view returns (Accepted memory);

    /// @notice Whether an epoch has a report that nobody can object to any more.
    function isFinal(uint256 epoch) external view returns (bool);

    /// @notice The round that the next report of an epoch must carry.
    function roundOf(uint256 epoch) external view returns (uint256);

    /// @notice The last epoch with a report, final or not; zero for none.
    function lastEpoch() external view returns (uint256);

    /// @notice A gatekeeper's bond and seat.
    function gatekeeperOf(address account) external view returns (Gatekeeper memory);

    /// @notice Everybody with a seat, in no order.
    function gatekeepers() external view returns (address[] memory);

    /// @notice Slashed PHA that waits for `distribute`.
    function proceeds() external view returns (uint256);

    /// @notice The EIP-712 hash of a report.
    function reportHash(Report calldata report) external view returns (bytes32);
}
