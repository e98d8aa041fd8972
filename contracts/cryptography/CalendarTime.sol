// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Unix seconds from dates as certificates and vendors' JSON write them, always in UTC
library CalendarTime {
    /// @notice Thrown when a date is not in its one accepted form, or names a moment that does not exist.
    error MalformedDate();

    /// @notice `YYMMDDHHMMSSZ` (UTCTime, RFC 5280 4.1.2.5.1): years 50 to 99 are of the last century.
    /// @param text Memory address of its 13 characters.
    function fromUtcTime(uint256 text) internal pure returns (uint256) {
        uint256 packed = _word(text);
        uint256 year = _digits(packed, 0, 2);
        return _seconds(year < 50 ? 2000 + year : 1900 + year, packed, 2, 10, 12);
    }

    /// @notice `YYYYMMDDHHMMSSZ` (GeneralizedTime, RFC 5280 4.1.2.5.2).
    /// @param text Memory address of its 15 characters.
    function fromGeneralizedTime(uint256 text) internal pure returns (uint256) {
        uint256 packed = _word(text);
        return _seconds(_digits(packed, 0, 4), packed, 4, 12, 14);
    }

    /// @notice `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339, as Intel's service writes it).
    /// @param text Memory address of its 20 characters.
    function fromIso8601(uint256 text) internal pure returns (uint256) {
        uint256 packed = _word(text);
        // Separators where they belong: - at 4 and 7, T at 10, : at 13 and 16, Z at 19.
        uint256 separators = packed & 0x00000000ff0000ff0000ff0000ff0000ff0000ff000000000000000000000000;
        require(separators == 0x000000002d00002d00005400003a00003a00005a000000000000000000000000, MalformedDate());
        return
            _moment(
                _digits(packed, 0, 4),
                _digits(packed, 5, 2),
                _digits(packed, 8, 2),
                _digits(packed, 11, 2),
                _digits(packed, 14, 2),
                _digits(packed, 17, 2)
            );
    }

    /// @dev Month, day, hour, minute and second as five pairs of digits from `position`, then Z.
    function _seconds(
        uint256 year,
        uint256 packed,
        uint256 position,
        uint256 secondAt,
        uint256 zoneAt
    ) private pure returns (uint256) {
        require((packed >> (248 - 8 * zoneAt)) & 0xff == 0x5a, MalformedDate());
        return
            _moment(
                year,
                _digits(packed, position, 2),
                _digits(packed, position + 2, 2),
                _digits(packed, position + 4, 2),
                _digits(packed, position + 6, 2),
                _digits(packed, secondAt, 2)
            );
    }

    /// @dev Days from civil, with March as the first month so that a leap day ends the year. Every operand is a number
    /// of at most four digits that was bounded before it is used, and the year is at least 1970.
    function _moment(
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) private pure returns (uint256) {
        require(year >= 1970 && month >= 1 && month <= 12 && day >= 1, MalformedDate());
        require(day <= _daysIn(year, month) && hour < 24 && minute < 60 && second < 60, MalformedDate());
        unchecked {
            uint256 marchYear = month > 2 ? year : year - 1;
            uint256 marchMonth = month > 2 ? month - 3 : month + 9;
            uint256 dayOfYear = (153 * marchMonth + 2) / 5 + day - 1;
            // 719468 is the number of days from 0000-03-01 to 1970-01-01.
            uint256 day1970 = 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468;
            return ((day1970 * 24 + hour) * 60 + minute) * 60 + second;
        }
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    /// @dev `count` digits from the `position`-th character. What stands below '0' wraps around to far above 9.
    function _digits(uint256 packed, uint256 position, uint256 count) private pure returns (uint256 value) {
        unchecked {
            uint256 shift = 248 - 8 * position;
            uint256 worst;
            for (uint256 i; i < count; ++i) {
                uint256 digit = ((packed >> shift) & 0xff) - 0x30;
                worst |= digit > 9 ? 1 : 0;
                value = 10 * value + digit;
                shift -= 8;
            }
            require(worst == 0, MalformedDate());
        }
    }

    function _word(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
