// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEarningsLedger} from "./IEarningsLedger.sol";
import {IResourceClasses} from "./IResourceClasses.sol";

/// @title Confidential machines by the second, prepaid in PHA
/// @notice A customer orders one worker of a class and prepays; an attested and staked worker takes the order and signs
/// cumulative receipts with its attested key; anyone brings them here; the customer stops when it likes.
///
/// What bounds a worker's pay, whatever it signs: the price fixed with the order, the seconds in which it was seen in good
/// standing (a check counts back to the one before, at most `ReceiptSeconds`), the moment of the stop, and what is held.
///
/// Traps: time between two checks counts only if both find the worker in good standing; a worker that shows itself to
/// nobody for long loses what lies before the longest gap. After a stop what the worker may still prove is held back for
/// the order's `receiptSeconds`, and paid back by `refund`. A top-up also pays for time already worked beyond what
/// was held. Trusted: PHA, and the attested code to say truly how long it worked. Not trusted with a customer's unused
/// money: workers, registries, pools, governance.
interface IComputeMarket is IResourceClasses, IEarningsLedger {
    /// @notice Where an order stands. Closed is for good.
    enum Status {
        None,
        Open,
        Running,
        Stopped,
        Closed
    }

    /// @notice What a customer asks for.
    /// @param classId The class of worker
    /// @param worker The only worker that may take it, by its attested key; zero for any
    /// @param identity The code identity that the worker must run; zero for any that its class accepts
    /// @param maxPricePerSecond The most it agrees to, in wei; the class's price at that moment is what it pays
    /// @param deposit What it prepays, in wei
    /// @param workload Names what to run, off chain; the contract does not look at it
    struct Terms {
        uint16 classId;
        address worker;
        bytes32 identity;
        uint256 maxPricePerSecond;
        uint256 deposit;
        bytes32 workload;
    }

    /// @notice What an attested key says of its work: EIP-712 `Receipt(uint256 orderId,uint256 usedSeconds,uint256 until,bool
    /// isFinal)`.
    /// @param usedSeconds Worked for the order in all, since it was taken
    /// @param until Unix time up to which that is
    /// @param isFinal Whether the worker leaves with it
    struct Receipt {
        uint256 orderId;
        uint256 usedSeconds;
        uint256 until;
        bool isFinal;
    }

    /// @notice An order as it stands.
    /// @param held Of the customer's money, in wei
    /// @param coveredSeconds In which the worker was seen in good standing
    /// @param paidSeconds Of those, what has been paid for
    /// @param receiptSeconds How long the worker has, from its last check or from the stop, to bring what it has earned
    /// @param isSuspended Whether the worker's last check found it in no good standing
    /// @param seenAt The last check from which time counts; zero while it is suspended
    /// @param validUntil Last second of the evidence found then
    struct Order {
        address customer;
        uint256 pricePerSecond;
        uint256 classId;
        Status status;
        uint256 held;
        uint256 paidSeconds;
        uint256 coveredSeconds;
        uint256 receiptSeconds;
        uint256 stoppedAt;
        address worker;
        address pool;
        uint256 takenAt;
        uint256 seenAt;
        uint256 validUntil;
        bool isSuspended;
        bytes32 identity;
    }

    /// @notice An order was placed and prepaid.
    event Ordered(
        uint256 indexed orderId,
        address indexed customer,
        uint256 indexed classId,
        uint256 pricePerSecond,
        uint256 deposit,
        address worker,
        bytes32 identity,
        bytes32 workload
    );
    /// @notice More was paid in.
    event ToppedUp(uint256 indexed orderId, address indexed payer, uint256 amount);
    /// @notice A worker took an order.
    event Taken(uint256 indexed orderId, address indexed worker, address indexed pool);
    /// @notice The worker's standing was checked: `coveredSeconds` count in all, and none from here on while it is suspended.
    event Checked(uint256 indexed orderId, uint256 coveredSeconds, bool isSuspended);
    /// @notice A receipt was paid, up to `paidSeconds` in all of the `coveredSeconds` that count.
    event Settled(
        uint256 indexed orderId,
        uint256 usedSeconds,
        uint256 coveredSeconds,
        uint256 paidSeconds,
        uint256 amount
    );
    /// @notice The customer stopped; `refunded` was paid back and `heldBack` waits for the last receipt.
    event OrderStopped(uint256 indexed orderId, uint256 refunded, uint256 heldBack);
    /// @notice The order is over and the rest was paid back.
    event OrderClosed(uint256 indexed orderId, uint256 refunded);

    /// @notice Thrown when a step doesn't belong to where the order stands.
    error OrderNotInStatus(uint256 orderId, Status status);
    /// @notice Thrown when someone else than the customer stops an order.
    error CallerNotCustomer(address caller, address customer);
    /// @notice Thrown when a class takes no new orders.
    error ClassClosed(uint256 classId);
    /// @notice Thrown when the price is more than the customer agreed to.
    error PriceAboveMaximum(uint256 pricePerSecond, uint256 maximum);
    /// @notice Thrown when less is prepaid than the shortest order costs, or more than a tenth of all PHA.
    error DepositOutOfBounds(uint256 deposit, uint256 lowest, uint256 highest);
    /// @notice Thrown when a top-up is of nothing.
    error NothingPaidIn();
    /// @notice Thrown when a signature has expired.
    error SignatureExpired(uint256 deadline);
    /// @notice Thrown when a signature is none of the order's worker, or of no one.
    error SignerNotWorker(address signer, address worker);
    /// @notice Thrown when a worker's key that took an order would take another.
    error WorkerBusy(address worker, uint256 orderId);
    /// @notice Thrown when a worker doesn't fit the order: no attestation or stake, or not what it asks for.
    error WorkerUnfit(address worker, uint256 classId);
    /// @notice Thrown when the price agreed to by the worker isn't the order's.
    error PriceNotAgreed(uint256 agreed, uint256 pricePerSecond);
    /// @notice Thrown when the registries don't answer, or got too little gas to be believed.
    error StandingUnavailable(address worker);
    /// @notice Thrown when a receipt is for time before the order was taken, to come, or after the stop.
    error ReceiptOutsideOrder(uint256 until, uint256 takenAt, uint256 latest);
    /// @notice Thrown when a receipt counts more seconds than there were.
    error UsageExceedsTime(uint256 usedSeconds, uint256 elapsedSeconds);
    /// @notice Thrown when a receipt counts no more than has been paid.
    error ReceiptNotNewer(uint256 usedSeconds, uint256 paidSeconds);
    /// @notice Thrown when a last receipt comes too late, or a refund is asked for too early.
    error FinalReceiptWindow(uint256 endsAt);

    /// @notice Places an order and pays for it from the caller's PHA.
    function order(Terms calldata terms) external returns (uint256 orderId);

    /// @notice Places an order with an ERC-2612 permit of the caller. A permit used before, by whomever, is no obstacle.
    function orderWithPermit(
        Terms calldata terms,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 orderId);

    /// @notice Pays more into an order that is open or running. Whoever pays, the rest belongs to the customer.
    function topUp(uint256 orderId, uint256 amount) external;

    /// @notice Pays more into an order with an ERC-2612 permit of the caller.
    function topUpWithPermit(uint256 orderId, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Takes an order for the key that signed EIP-712 `Take(uint256 orderId,uint256 pricePerSecond,uint256 deadline)`.
    function take(
        uint256 orderId,
        uint256 pricePerSecond,
        uint256 deadline,
        bytes calldata signature
    ) external returns (address worker);

    /// @notice Pays what a receipt proves beyond what was paid. Anyone may bring it. Where the registries don't answer it pays
    /// what was covered before, and can be brought again.
    function settle(Receipt calldata receipt, bytes calldata signature) external returns (uint256 amount);

    /// @notice Checks the worker's standing: covers the time since the last check, or suspends. Anyone may call.
    function checkpoint(uint256 orderId) external;

    /// @notice Ends an order from now on. What no receipt can claim any more is paid back at once.
    function stop(uint256 orderId) external returns (uint256 refunded);

    /// @notice Pays the customer what no receipt has claimed in time after the stop. Anyone may call.
    function refund(uint256 orderId) external returns (uint256 refunded);

    /// @notice An order, by its number from 1 on.
    function orderOf(uint256 orderId) external view returns (Order memory);

    /// @notice How many orders there have been.
    function orderCount() external view returns (uint256);

    /// @notice The order that a worker runs; zero if none.
    function activeOrderOf(address worker) external view returns (uint256 orderId);
}
