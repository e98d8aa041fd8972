// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPoolRecords} from "./IPoolRecords.sol";

/// @title A stake pool as its operator, the modules and auditors meet it
interface IPoolOperations is IPoolRecords {
    /// @notice Called once by the factory.
    function initialise(address operator, uint16 commissionBps, uint32 poolId) external;

    // Anyone

    /// @notice Pays what a closed generation left for `account`, who is paid whoever calls.
    function claimClosed(uint256 generation, address account) external returns (uint256 assets);

    /// @notice Settles what is due and covered, at most `maxCohorts`. Anyone; nobody needs to, unless more than 64 days' requests
    /// have come to be covered at once.
    function settle(uint256 maxCohorts) external;

    // The operator

    /// @notice Lowers the commission at once or announces a higher one, which waits for the notice.
    function setCommission(uint16 commissionBps) external;

    /// @notice Sets the most PHA that deposits may bring the pool to; zero for no cap.
    function setCap(uint96 cap) external;

    /// @notice Says whether only listed receivers may be staked for.
    function setWhitelistOn(bool on) external;

    /// @notice Puts `account` on the list or takes it off.
    function setListed(address account, bool listed) external;

    /// @notice Takes deposits again after a generation closed.
    function reopen() external;

    // Modules

    /// @notice Takes a reward from the reward source: the commission to the operator at once, the rest drips to the stake.
    function reward(uint256 assets) external;

    /// @notice Locks stake for a worker. Worker registry only.
    function lock(uint256 assets) external;

    /// @notice Releases stake of a worker, at most what is locked. Worker registry only.
    function unlock(uint256 assets) external;

    /// @notice Takes at most `assets` from active stake, unmatured requests and what has moved to other pools. Slash manager
    /// only. Never reverts on the amount.
    /// @return taken Was here, and is sent to the slash manager.
    /// @return fromMoved Is taken where it went, when the move is completed.
    function slash(uint256 assets) external returns (uint256 taken, uint256 fromMoved);

    /// @notice A claim is filed: what is not due and covered now stays unsettled until the claim is over. Slash manager only.
    /// @param until First second in which no open claim can be executed any more.
    function hold(uint256 until) external;

    /// @notice A claim is over: what only it held back is let go. Slash manager only.
    /// @param since When the oldest claim that is still open was filed.
    /// @param until First second in which none of them can be executed any more.
    function moveHold(uint256 since, uint256 until) external;

    // Views

    /// @notice The pool's books now.
    function books() external view returns (Books memory);

    /// @notice A cohort by its number, counted from 0.
    function cohort(uint256 index) external view returns (Cohort memory);

    /// @notice A request's parts, its value now if it were paid, and whether it is claimable.
    function exitRequest(
        uint256 requestId
    ) external view returns (ExitRequest memory request, uint256 assets, bool claimable);

    /// @notice What slashes have left of a cohort's norm of one (2^111), until now or until it was settled.
    function survival(uint256 cohort) external view returns (uint256 factor, bool isSettled);

    /// @notice Σ norms of the stake that moved to other pools and answers with this cohort, in the cohort's era.
    function movedNormOf(uint256 cohort) external view returns (uint256);

    /// @notice Whether a request waits uncovered beyond the grace period, so that anyone may have the workers stopped. A move
    /// has no request: the number of its cohort stands in the id's place.
    function isOverdue(uint256 requestId) external view returns (bool);

    /// @notice What a generation left, and the shares it is for; zero and zero if it has not closed.
    function closedGeneration(uint256 generation) external view returns (uint256 assets, uint256 supply);

    /// @notice Shares of `account` in a generation, closed or not.
    function balanceOfGeneration(address account, uint256 generation) external view returns (uint256);

    /// @notice End of the hold; a time that has passed means none.
    function holdUntil() external view returns (uint256);

    /// @notice The commission now, and the one announced with its time (zero if none is).
    function commission() external view returns (uint256 currentBps, uint256 nextBps, uint256 startsAt);

    /// @notice Whoever runs the workers.
    function operator() external view returns (address);

    /// @notice The pool's number.
    function poolId() external view returns (uint256);

    /// @notice The operator's cap; zero for none.
    function cap() external view returns (uint256);

    /// @notice Whether `account` may be staked for: listed, or there is no list.
    function mayReceive(address account) external view returns (bool);

    /// @notice Whether a receiver is on the list.
    function isListed(address account) external view returns (bool);
}
