// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Money that PHA's holders spend by vote
/// @notice Pays at once, or streams a grant in a straight line over time. What a stream has yet to pay is set aside when it
/// is opened and serves nothing else. A stopped stream pays what was earned until then. Any ERC-20, or ether as the zero
/// address. Times are Unix seconds; amounts are base units of the token.
///
/// Trusted: whoever the access manager lets spend, for everything that is not set aside and for stopping streams; nobody, for
/// what a recipient has earned. A token that takes a fee pays its recipient less; one whose balances shrink by themselves may
/// leave its own streams short, and no other token's.
interface ITreasury {
    /// @notice What a stream is to pay.
    /// @param token ERC-20, or zero for ether.
    /// @param recipient Draws what is earned.
    /// @param amount All that it pays if it is never stopped.
    /// @param start Second from which it earns; may be past, for work done already.
    /// @param duration Seconds until all is earned.
    struct StreamTerms {
        address token;
        address recipient;
        uint128 amount;
        uint40 start;
        uint40 duration;
    }

    /// @notice A stream.
    /// @param withdrawn What its recipient has drawn.
    /// @param stoppedAt Second in which it was stopped; zero if it was not.
    struct Stream {
        StreamTerms terms;
        uint128 withdrawn;
        uint40 stoppedAt;
    }

    /// @notice A payment was made.
    event Paid(address indexed token, address indexed recipient, uint256 amount);
    /// @notice A stream was opened, and its amount set aside.
    event StreamOpened(uint256 indexed id, StreamTerms terms);
    /// @notice A stream was stopped: `earned` stays its recipient's, `freed` may be spent again.
    event StreamStopped(uint256 indexed id, uint256 earned, uint256 freed);
    /// @notice A stream's recipient drew what was earned.
    event StreamWithdrawn(uint256 indexed id, address indexed to, uint256 amount);

    /// @notice Thrown when an amount is zero.
    error AmountIsZero();
    /// @notice Thrown when more would be spent or set aside than is there and not set aside already.
    error MoreThanAvailable(address token, uint256 amount, uint256 available);
    /// @notice Thrown when there is nothing to draw.
    error NothingEarned(uint256 id);
    /// @notice Thrown when somebody draws from another's stream.
    error NotTheRecipient(uint256 id, address caller);
    /// @notice Thrown when money would go to nobody, to the treasury or to the token.
    error RecipientRefused(address recipient);
    /// @notice Thrown when a stream has stopped, or has earned all, already.
    error StreamEnded(uint256 id);
    /// @notice Thrown when a stream would take no time or end later than ten years from now.
    error StreamTimesRefused(uint256 start, uint256 duration);
    /// @notice Thrown when there is no such stream.
    error StreamUnknown(uint256 id);

    /// @notice Pays at once. Only for the role that the access manager names.
    function pay(address token, address recipient, uint256 amount) external;

    /// @notice Opens a stream. Only for the role that the access manager names.
    /// @return id Its number; the first is 1.
    function openStream(StreamTerms calldata terms) external returns (uint256 id);

    /// @notice Stops a stream that still earns. Only for the role that the access manager names.
    function stopStream(uint256 id) external;

    /// @notice Draws all that is earned and not drawn yet, to an address of the recipient's choice.
    function withdraw(uint256 id, address to) external returns (uint256 amount);

    /// @notice A stream's terms and where it stands.
    function streamOf(uint256 id) external view returns (Stream memory);

    /// @notice What a stream has earned so far, drawn or not, rounded down.
    function earned(uint256 id) external view returns (uint256);

    /// @notice What its recipient could draw now.
    function withdrawable(uint256 id) external view returns (uint256);

    /// @notice What is set aside for streams of a token.
    function committed(address token) external view returns (uint256);

    /// @notice What may be spent or set aside of a token.
    function available(address token) external view returns (uint256);

    /// @notice How many streams have been opened.
    function streamCount() external view returns (uint256);
}
