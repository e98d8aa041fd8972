// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {AmdProduct} from "./AmdProduct.sol";
import {ISnpFloors} from "./ISnpFloors.sol";
import {SnpPolicyBits} from "./SnpPolicyBits.sol";

/// @title What governance demands of SEV-SNP platforms and guests
/// @notice A floor can only refuse genuine evidence; nothing set here makes a bad report pass.
contract SnpFloors is ISnpFloors, AccessManaged {
    uint64 private constant POLICY_FLAGS = SnpPolicyBits.POLICY_KNOWN & ~uint64(0xffff);
    uint8 private constant NEWEST_REPORT = 5;

    mapping(AmdProduct product => Floor) private _floors;
    mapping(AmdProduct product => uint32) private _revisions;

    /// @param authority The access manager.
    /// @param milan First floors, revision 1.
    constructor(
        address authority,
        Floor memory milan,
        Floor memory genoa,
        Floor memory turin
    ) AccessManaged(authority) {
        _set(AmdProduct.Milan, milan);
        _set(AmdProduct.Genoa, genoa);
        _set(AmdProduct.Turin, turin);
    }

    /// @inheritdoc ISnpFloors
    function setFloor(AmdProduct product, Floor calldata floor) external restricted {
        _set(product, floor);
    }

    /// @inheritdoc ISnpFloors
    function floorOf(AmdProduct product) external view returns (Floor memory floor, uint32 revision) {
        return (_floors[product], _revisions[product]);
    }

    /// @dev Refuses what would shut out every report: bits that are always otherwise, or must be both.
    function _set(AmdProduct product, Floor memory floor) private {
        require(product != AmdProduct.None, ProductUnknown());
        require(
            floor.policySet & ~POLICY_FLAGS == 0 &&
                floor.policyClear & ~(POLICY_FLAGS & ~SnpPolicyBits.RESERVED_ONE) == 0 &&
                (floor.platformSet | floor.platformClear) & ~SnpPolicyBits.PLATFORM_KNOWN == 0 &&
                floor.policySet & floor.policyClear == 0 &&
                floor.platformSet & floor.platformClear == 0 &&
                floor.reportVersion <= NEWEST_REPORT,
            FloorUnreachable(product)
        );
        emit FloorSet(product, ++_revisions[product], _floors[product], floor);
        _floors[product] = floor;
    }
}
