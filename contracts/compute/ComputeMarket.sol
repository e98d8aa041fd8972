// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IStakePoolFactory} from "../staking/interfaces/IStakePoolFactory.sol";
import {IWorkerStanding} from "../staking/interfaces/IWorkerStanding.sol";
import {EarningsLedger} from "./EarningsLedger.sol";
import {ResourceClasses} from "./ResourceClasses.sol";
import {WorkerQuestions} from "./WorkerQuestions.sol";
import {IComputeMarket} from "./interfaces/IComputeMarket.sol";
import {IComputeParameters} from "./interfaces/IComputeParameters.sol";

/// @title Confidential machines by the second, prepaid in PHA
/// @notice A customer's way out (`stop`, `refund`) reads this contract's storage and calls the token, and nothing else.
contract ComputeMarket is IComputeMarket, ResourceClasses, EarningsLedger, EIP712 {
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @dev Who buys what, fixed with the order. One slot.
    struct Agreement {
        address customer;
        uint80 pricePerSecond;
        uint16 classId;
    }

    /// @dev The customer's money, the seconds it pays for, and the last check. One slot: all that a receipt changes. While the
    /// worker is suspended `seenAt` is zero, as before it has taken the order.
    struct Account {
        uint88 held;
        uint32 paidSeconds;
        uint32 coveredSeconds;
        uint40 seenAt;
        uint40 stoppedAt;
        uint16 receiptSeconds;
        Status status;
    }

    /// @dev One slot; written with the order only if that names a worker or a code identity.
    struct Engagement {
        address worker;
        uint40 validUntil;
        bool namesIdentity;
    }

    /// @dev Whom the worker earns for, fixed when it takes the order. One slot.
    struct Backing {
        address pool;
        uint40 takenAt;
    }

    /// @dev What a check has found.
    enum Finding {
        Unavailable,
        Lapsed,
        Good
    }

    bytes32 private constant TAKE_TYPEHASH = keccak256("Take(uint256 orderId,uint256 pricePerSecond,uint256 deadline)");
    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint256 orderId,uint256 usedSeconds,uint256 until,bool isFinal)"
    );
    /// @dev A tenth of all PHA; it fits 88 bits.
    uint256 private constant MAX_DEPOSIT = 100_000_000e18;

    IAttestedKeys private immutable KEYS;
    IWorkerStanding private immutable WORKERS;

    /// @inheritdoc IComputeMarket
    uint256 public orderCount;
    /// @inheritdoc IComputeMarket
    mapping(address worker => uint256 orderId) public activeOrderOf;
    mapping(uint256 orderId => Agreement) private _agreements;
    mapping(uint256 orderId => Account) private _accounts;
    mapping(uint256 orderId => Engagement) private _engagements;
    mapping(uint256 orderId => Backing) private _backings;
    mapping(uint256 orderId => bytes32) private _identities;

    /// @param authority The access manager.
    /// @param keys Says which keys are attested.
    /// @param workers Says what stake stands behind them.
    constructor(
        address authority,
        IERC20 token,
        IComputeParameters parameters,
        IAttestedKeys keys,
        IWorkerStanding workers,
        IStakePoolFactory factory,
        address stakers,
        address treasury
    )
        AccessManaged(authority)
        EarningsLedger(token, parameters, factory, stakers, treasury)
        EIP712("Phala ComputeMarket", "1")
    {
        KEYS = keys;
        WORKERS = workers;
    }

    // The customer begins

    /// @inheritdoc IComputeMarket
    function order(Terms calldata terms) external nonReentrant returns (uint256 orderId) {
        return _order(terms);
    }

    /// @inheritdoc IComputeMarket
    function orderWithPermit(
        Terms calldata terms,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint256 orderId) {
        _permit(terms.deposit, deadline, v, r, s);
        return _order(terms);
    }

    /// @inheritdoc IComputeMarket
    function topUp(uint256 orderId, uint256 amount) external nonReentrant {
        _topUp(orderId, amount);
    }

    /// @inheritdoc IComputeMarket
    function topUpWithPermit(
        uint256 orderId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        _permit(amount, deadline, v, r, s);
        _topUp(orderId, amount);
    }

    // The worker, and whoever brings what it signed

    /// @inheritdoc IComputeMarket
    function take(
        uint256 orderId,
        uint256 pricePerSecond,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant returns (address worker) {
        require(block.timestamp <= deadline, SignatureExpired(deadline));
        Account memory account = _accounts[orderId];
        require(account.status == Status.Open, OrderNotInStatus(orderId, account.status));
        uint256 price = _agreements[orderId].pricePerSecond;
        require(pricePerSecond == price, PriceNotAgreed(pricePerSecond, price));

        worker = _signer(keccak256(abi.encode(TAKE_TYPEHASH, orderId, pricePerSecond, deadline)), signature);
        Engagement memory engagement = _engagements[orderId];
        require(
            engagement.worker == address(0) || engagement.worker == worker,
            SignerNotWorker(worker, engagement.worker)
        );
        // What is sold is a whole worker: it cannot be sold twice at a time.
        require(activeOrderOf[worker] == 0, WorkerBusy(worker, activeOrderOf[worker]));

        engagement.worker = worker;
        (Finding finding, WorkerQuestions.Reply memory reply) = _check(orderId, engagement, address(0));
        require(finding != Finding.Unavailable, StandingUnavailable(worker));
        require(finding == Finding.Good, WorkerUnfit(worker, _agreements[orderId].classId));

        engagement.validUntil = _time(reply.standing.validUntil);
        _engagements[orderId] = engagement;
        _backings[orderId] = Backing(reply.stakePool, uint40(block.timestamp));
        (account.status, account.seenAt) = (Status.Running, uint40(block.timestamp));
        _accounts[orderId] = account;
        activeOrderOf[worker] = orderId;
        emit Taken(orderId, worker, reply.stakePool);
    }

    /// @inheritdoc IComputeMarket
    function settle(Receipt calldata receipt, bytes calldata signature) external nonReentrant returns (uint256 amount) {
        uint256 orderId = receipt.orderId;
        Account memory account = _accounts[orderId];
        Engagement memory engagement = _engagements[orderId];
        Backing memory backing = _backings[orderId];
        uint256 latest = _requireSettling(orderId, account);
        _requireReceipt(receipt, signature, engagement.worker, backing.takenAt, latest);
        require(
            receipt.usedSeconds > account.paidSeconds || receipt.isFinal,
            ReceiptNotNewer(receipt.usedSeconds, account.paidSeconds)
        );

        Finding finding = _cover(orderId, account, engagement, backing.pool, latest);
        // The last word is not taken while time that may count cannot be counted: whoever brings it sets its gas.
        require(finding != Finding.Unavailable || !receipt.isFinal, StandingUnavailable(engagement.worker));

        uint256 price = _agreements[orderId].pricePerSecond;
        uint256 payable_ = Math.min(receipt.usedSeconds, account.coveredSeconds).saturatingSub(account.paidSeconds);
        payable_ = Math.min(payable_, account.held / price);
        amount = payable_ * price;
        account.paidSeconds += uint32(payable_); // no more than the seconds covered
        account.held -= uint88(amount); // no more than what is held
        _accounts[orderId] = account;
        if (amount != 0) _earn(backing.pool, amount);
        emit Settled(orderId, receipt.usedSeconds, account.coveredSeconds, account.paidSeconds, amount);

        if (receipt.isFinal) {
            _release(engagement.worker, orderId);
            _close(orderId, account.held);
        }
    }

    /// @inheritdoc IComputeMarket
    function checkpoint(uint256 orderId) external nonReentrant {
        Account memory account = _accounts[orderId];
        Engagement memory engagement = _engagements[orderId];
        uint256 latest = _requireSettling(orderId, account);
        Finding finding = _cover(orderId, account, engagement, _backings[orderId].pool, latest);
        require(finding != Finding.Unavailable, StandingUnavailable(engagement.worker));
        _accounts[orderId] = account;
        emit Checked(orderId, account.coveredSeconds, account.seenAt == 0);
    }

    // The customer ends

    /// @inheritdoc IComputeMarket
    function stop(uint256 orderId) external nonReentrant returns (uint256 refunded) {
        Agreement memory agreement = _agreements[orderId];
        require(msg.sender == agreement.customer, CallerNotCustomer(msg.sender, agreement.customer));
        Account memory account = _accounts[orderId];
        if (account.status == Status.Open) return _close(orderId, account.held);
        require(account.status == Status.Running, OrderNotInStatus(orderId, account.status));

        // The most that a receipt can still claim: what is covered, and what the next check could cover.
        _release(_engagements[orderId].worker, orderId);
        uint256 claimable = account.coveredSeconds;
        if (account.seenAt != 0) {
            claimable += Math.min(block.timestamp - account.seenAt, account.receiptSeconds);
        }
        uint256 heldBack = Math.min(
            (claimable - account.paidSeconds) * agreement.pricePerSecond,
            account.held - (account.held % agreement.pricePerSecond)
        );
        refunded = account.held - heldBack;
        if (heldBack == 0) return _close(orderId, refunded);

        account.held = uint88(heldBack); // no more than was held
        account.stoppedAt = uint40(block.timestamp);
        account.status = Status.Stopped;
        _accounts[orderId] = account;
        emit OrderStopped(orderId, refunded, heldBack);
        if (refunded != 0) TOKEN.safeTransfer(agreement.customer, refunded);
    }

    /// @inheritdoc IComputeMarket
    function refund(uint256 orderId) external nonReentrant returns (uint256 refunded) {
        Account memory account = _accounts[orderId];
        require(account.status == Status.Stopped, OrderNotInStatus(orderId, account.status));
        uint256 endsAt = uint256(account.stoppedAt) + account.receiptSeconds;
        require(block.timestamp > endsAt, FinalReceiptWindow(endsAt));
        return _close(orderId, account.held);
    }

    // Views

    /// @inheritdoc IComputeMarket
    function orderOf(uint256 orderId) external view returns (Order memory) {
        (Agreement memory agreement, Account memory account) = (_agreements[orderId], _accounts[orderId]);
        (Engagement memory engagement, Backing memory backing) = (_engagements[orderId], _backings[orderId]);
        return
            Order({
                customer: agreement.customer,
                pricePerSecond: agreement.pricePerSecond,
                classId: agreement.classId,
                status: account.status,
                held: account.held,
                paidSeconds: account.paidSeconds,
                coveredSeconds: account.coveredSeconds,
                receiptSeconds: account.receiptSeconds,
                stoppedAt: account.stoppedAt,
                worker: engagement.worker,
                pool: backing.pool,
                takenAt: backing.takenAt,
                seenAt: account.seenAt,
                validUntil: engagement.validUntil,
                isSuspended: backing.takenAt != 0 && account.seenAt == 0,
                identity: _identities[orderId]
            });
    }

    // Internals: money in and out

    /// @dev Whoever sees the permit may use it first; the approval stands all the same, and without one the transfer fails.
    function _permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) private {
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
    }

    function _order(Terms calldata terms) private returns (uint256 orderId) {
        Demand storage resource = _known(terms.classId);
        require(resource.isOpen, ClassClosed(terms.classId));
        uint80 price = resource.pricePerSecond;
        require(price <= terms.maxPricePerSecond, PriceAboveMaximum(price, terms.maxPricePerSecond));
        uint256 lowest = price * PARAMETERS.get(IComputeParameters.Parameter.MinOrderSeconds);
        require(
            terms.deposit >= lowest && terms.deposit <= MAX_DEPOSIT,
            DepositOutOfBounds(terms.deposit, lowest, MAX_DEPOSIT)
        );

        orderId = ++orderCount;
        _agreements[orderId] = Agreement(msg.sender, price, terms.classId);
        Account memory account;
        account.held = uint88(terms.deposit); // at most MAX_DEPOSIT
        account.status = Status.Open;
        // The order keeps the rule of this day, so that nothing later can lengthen the wait for its money.
        account.receiptSeconds = uint16(PARAMETERS.get(IComputeParameters.Parameter.ReceiptSeconds)); // bounded there
        _accounts[orderId] = account;
        if (terms.identity != 0) _identities[orderId] = terms.identity;
        if (terms.worker != address(0) || terms.identity != 0) {
            _engagements[orderId] = Engagement(terms.worker, 0, terms.identity != 0);
        }
        emit Ordered(
            orderId,
            msg.sender,
            terms.classId,
            price,
            terms.deposit,
            terms.worker,
            terms.identity,
            terms.workload
        );
        TOKEN.safeTransferFrom(msg.sender, address(this), terms.deposit);
    }

    function _topUp(uint256 orderId, uint256 amount) private {
        Account storage account = _accounts[orderId];
        (Status status, uint256 held) = (account.status, account.held);
        require(status == Status.Open || status == Status.Running, OrderNotInStatus(orderId, status));
        require(amount != 0, NothingPaidIn());
        require(amount <= MAX_DEPOSIT - held, DepositOutOfBounds(amount, 1, MAX_DEPOSIT - held));
        account.held = uint88(held + amount); // at most MAX_DEPOSIT
        emit ToppedUp(orderId, msg.sender, amount);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Ends an order for good and pays what is left, all of which the caller gives as `rest`, to the customer.
    function _close(uint256 orderId, uint256 rest) private returns (uint256 refunded) {
        Account storage account = _accounts[orderId];
        account.held = 0;
        account.status = Status.Closed;
        emit OrderClosed(orderId, rest);
        if (rest != 0) TOKEN.safeTransfer(_agreements[orderId].customer, rest);
        return rest;
    }

    /// @dev Lets a worker take another order. A stopped order's last receipt finds it gone on, which is no concern of its.
    function _release(address worker, uint256 orderId) private {
        if (activeOrderOf[worker] == orderId) activeOrderOf[worker] = 0;
    }

    // Internals: receipts and standing

    /// @dev Requires that receipts may still come; the last second that can count.
    function _requireSettling(uint256 orderId, Account memory account) private view returns (uint256 latest) {
        if (account.status == Status.Running) return block.timestamp;
        require(account.status == Status.Stopped, OrderNotInStatus(orderId, account.status));
        latest = account.stoppedAt;
        uint256 endsAt = latest + account.receiptSeconds;
        require(block.timestamp <= endsAt, FinalReceiptWindow(endsAt));
    }

    function _requireReceipt(
        Receipt calldata receipt,
        bytes calldata signature,
        address worker,
        uint256 takenAt,
        uint256 latest
    ) private view {
        bytes32 structHash = keccak256(
            abi.encode(RECEIPT_TYPEHASH, receipt.orderId, receipt.usedSeconds, receipt.until, receipt.isFinal)
        );
        address signer = _signer(structHash, signature);
        require(signer == worker, SignerNotWorker(signer, worker));
        require(
            receipt.until >= takenAt && receipt.until <= latest,
            ReceiptOutsideOrder(receipt.until, takenAt, latest)
        );
        uint256 elapsed = receipt.until - takenAt;
        require(receipt.usedSeconds <= elapsed, UsageExceedsTime(receipt.usedSeconds, elapsed));
    }

    /// @dev Never zero: a signature of nobody reverts.
    function _signer(bytes32 structHash, bytes calldata signature) private view returns (address) {
        return ECDSA.recover(_hashTypedDataV4(structHash), signature);
    }

    /// @dev Asks for the worker's standing now. `pool` must be the one behind it; zero for any.
    function _check(
        uint256 orderId,
        Engagement memory engagement,
        address pool
    ) private view returns (Finding finding, WorkerQuestions.Reply memory reply) {
        reply = WorkerQuestions.ask(KEYS, WORKERS, engagement.worker);
        if (!reply.answered) return (Finding.Unavailable, reply);
        bytes32 identity = engagement.namesIdentity ? _identities[orderId] : bytes32(0);
        bool good =
            reply.stakePool != address(0) &&
                (pool == address(0) || reply.stakePool == pool) &&
                _fits(_agreements[orderId].classId, reply.standing, reply.stake, identity);
        if (good) return (Finding.Good, reply);
        // A "no" for want of gas would let anyone suspend a worker in good standing.
        return (reply.withAllGas ? Finding.Lapsed : Finding.Unavailable, reply);
    }

    /// @dev Counts the time from the last check to `latest`, if the worker was in good standing then and is now.
    function _cover(
        uint256 orderId,
        Account memory account,
        Engagement memory engagement,
        address pool,
        uint256 latest
    ) private returns (Finding finding) {
        WorkerQuestions.Reply memory reply;
        (finding, reply) = _check(orderId, engagement, pool);
        if (finding == Finding.Unavailable) return finding;
        if (finding == Finding.Lapsed) {
            account.seenAt = 0;
            return finding;
        }
        if (account.seenAt != 0) {
            uint256 elapsed = latest - account.seenAt; // a check is never later than the stop
            // Attested anew after the former evidence had run out: in between it was not attested.
            uint256 attestedAt = Math.min(reply.standing.attestedAt, latest);
            uint256 gap = attestedAt.saturatingSub(engagement.validUntil);
            elapsed = Math.min(elapsed.saturatingSub(gap), account.receiptSeconds);
            account.coveredSeconds += uint32(elapsed); // together at most the time since it was taken
        }
        // A worker that was suspended counts again from here on; after a stop there is nothing from here on.
        account.seenAt = uint40(latest);
        uint40 validUntil = _time(reply.standing.validUntil);
        if (validUntil != engagement.validUntil) _engagements[orderId].validUntil = validUntil;
    }

    /// @dev A time from outside in 40 bits; what does not fit is later than any block.
    function _time(uint256 seconds_) private pure returns (uint40) {
        return uint40(Math.min(seconds_, type(uint40).max));
    }
}
