// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IStakedVotes} from "../../governance/interfaces/IStakedVotes.sol";
import {IERC7540Operator} from "./IERC7540Operator.sol";
import {IERC7540Redeem} from "./IERC7540Redeem.sol";
import {IERC7575Share} from "./IERC7575Share.sol";

/// @title vPHA: PHA spread over stake pools, with its vote
/// @notice In by ERC-4626, out by ERC-7540. A controller's requests are one (id 0) and are filled first in, first out, at the price
/// of that moment, `exitDays` after they were made at the earliest; until then they earn and are slashed like all shares.
///
/// Traps: `totalAssets` and what leavers are paid have slashes cut off that are claimed and not yet executed; what a deposit
/// pays for a share has not. A depositor therefore shares in a loss that is already claimed; `valuation` shows it. Shares
/// carry votes as delegated, requested shares carry none. The price that votes count at is the one last recorded.
///
/// Trusted: the access manager's roles, for the list of pools, where the PHA goes among them, and the fee within its notice.
interface IDelegationVault is IERC4626, IERC7540Operator, IERC7540Redeem, IERC7575Share, IERC165, IStakedVotes {
    /// @notice A pool's place in the vault.
    /// @param shares Of `generation`, delegated through the vault; what others send is not counted.
    /// @param cap The most PHA that delegating may bring the position to.
    /// @param generation The pool's, when `shares` were last counted.
    /// @param recallDay The last day on which PHA was called back.
    /// @param requests How many requests are open in the pool.
    struct Position {
        uint112 shares;
        uint96 cap;
        uint16 generation;
        uint16 recallDay;
        uint16 requests;
    }

    /// @notice A request in the queue.
    struct Exit {
        address controller;
        uint48 readyAt;
        uint104 shares;
    }

    /// @notice A pool was listed, or its cap changed.
    event PoolSet(address indexed pool, uint256 oldCap, uint256 newCap);
    /// @notice A pool without stake was taken off the list.
    event PoolRemoved(address indexed pool);
    /// @notice PHA was delegated to a pool.
    event Delegated(address indexed pool, uint256 assets, uint256 shares);
    /// @notice Shares of a pool were asked back.
    event Recalled(address indexed pool, uint256 shares);
    /// @notice PHA came back from a pool.
    event Collected(address indexed pool, uint256 assets);
    /// @notice A request, or part of it, was filled: it can be claimed.
    event ExitFilled(uint256 indexed place, address indexed controller, uint256 shares, uint256 assets);
    /// @notice A request left the queue unfilled.
    event ExitCancelled(uint256 indexed place, address indexed controller, uint256 shares);
    /// @notice Fee shares were minted: `price` before, the new mark after.
    event FeeTaken(address indexed recipient, uint256 shares, uint256 price, uint256 mark);
    /// @notice From `startsAt` on the fee is `newBps`.
    event FeeSet(uint256 oldBps, uint256 newBps, uint256 startsAt);
    /// @notice Fees go to another.
    event FeeRecipientSet(address indexed oldRecipient, address indexed newRecipient);
    /// @notice What the shares are worth, as votes count it from now on.
    event ValueRecorded(uint256 assets, uint256 supply);

    /// @notice Thrown when a position would pass its cap.
    error CapExceeded(address pool, uint256 assets, uint256 cap);
    /// @notice Thrown when the caller may not act for `controller`.
    error CallerNotAuthorised(address caller, address controller);
    /// @notice Thrown when a deposit would pass the widest amounts that can be kept.
    error DepositExceedsMaximum(address receiver, uint256 amount, uint256 maximum);
    /// @notice Thrown when a deposit is under the minimum.
    error DepositTooSmall(uint256 assets, uint256 minimum);
    /// @notice Thrown when more is claimed than is claimable.
    error ClaimExceedsClaimable(address controller, uint256 requested, uint256 claimable);
    /// @notice Thrown when a fee is above the maximum.
    error FeeTooHigh(uint256 feeBps, uint256 maximumBps);
    /// @notice Thrown for a pool that the factory didn't make.
    error ForeignPool(address pool);
    /// @notice Thrown when more is delegated than is idle and not awaited by requests.
    error IdleTooSmall(uint256 assets, uint256 available);
    /// @notice Thrown when an account's votes have not changed as often.
    error NoSuchCheckpoint(address account, uint256 index);
    /// @notice Thrown when there is no such request of this controller.
    error NoSuchExit(uint256 place, address controller);
    /// @notice Thrown when nothing has to be called back, or the pool has nothing.
    error NothingToRecall(address pool);
    /// @notice Thrown when a pool is not on the list.
    error PoolNotListed(address pool);
    /// @notice Thrown when a pool with stake or requests is taken off the list.
    error PoolInUse(address pool);
    /// @notice Thrown by the previews that ERC-7540 leaves without an answer.
    error PreviewUnavailable();
    /// @notice Thrown when a pool was called back from today already.
    error RecalledToday(address pool, uint256 day);
    /// @notice Thrown when the list has as many pools as are looked through.
    error TooManyPools(uint256 pools);
    /// @notice Thrown on a deposit once shares have lost nearly all they were worth.
    error VaultBankrupt(uint256 assets, uint256 supply);
    /// @notice Thrown for an address of zero.
    error ZeroAddress();
    /// @notice Thrown when an amount comes to no shares.
    error ZeroShares();

    // Anyone

    /// @notice `deposit` with an ERC-2612 approval; one that was used already (or front-run) is no obstacle.
    function depositWithPermit(
        uint256 assets,
        address receiver,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 shares);

    /// @notice Takes an unfilled request out of the queue and gives the shares to its controller.
    /// @param place Its number in the queue, counted from 0.
    function cancelRedeemRequest(uint256 place, address controller) external returns (uint256 shares);

    /// @notice Fills requests from idle PHA in their order, at most `maxExits` of them.
    function fill(uint256 maxExits) external;

    /// @notice Asks a pool for what requests await and nothing else will bring. Once a pool and day.
    function recall(address pool) external;

    /// @notice Brings in what has come free in a pool: matured requests, and what closed generations left.
    function collect(address pool) external;

    /// @notice Takes the fee and records the value that votes count at.
    function sync() external;

    // The vault's roles

    /// @notice Delegates idle PHA that no request awaits. Restricted.
    function delegateTo(address pool, uint256 assets) external;

    /// @notice Asks a pool for `assets`, or more where requests await more. Restricted; once a pool and day.
    function recallFrom(address pool, uint256 assets) external;

    /// @notice Lists a pool or changes its cap. Restricted.
    function setPool(address pool, uint96 cap) external;

    /// @notice Takes a pool without stake off the list. Restricted.
    function removePool(address pool) external;

    /// @notice Lowers the fee at once or announces a higher one, which waits for longer than the way out. Restricted.
    function setFee(uint16 feeBps) external;

    /// @notice Sends later fees to another. Restricted.
    function setFeeRecipient(address recipient) external;

    // Views

    /// @notice What the vault has, in wei.
    /// @param low With slashes that are claimed cut off.
    /// @param high Without.
    /// @param idle PHA in hand, part of both.
    /// @param owed PHA of filled requests, part of neither.
    function valuation() external view returns (uint256 low, uint256 high, uint256 idle, uint256 owed);

    /// @notice A listed pool's position.
    function positionOf(address pool) external view returns (Position memory);

    /// @notice The listed pools.
    function pools() external view returns (address[] memory);

    /// @notice A request by its place in the queue.
    function exitAt(uint256 place) external view returns (Exit memory);

    /// @notice The first place that may be unfilled, one past the last, and the shares in between.
    function queue() external view returns (uint256 first, uint256 end, uint256 shares);

    /// @notice What a controller's filled requests come to.
    function claimableOf(address controller) external view returns (uint256 shares, uint256 assets);

    /// @notice The fee now, who gets it, the mark above which it is taken (1 = 10^15), and the fee announced with its time.
    function fee()
        external
        view
        returns (uint256 currentBps, address recipient, uint256 mark, uint256 nextBps, uint256 startsAt);
}
