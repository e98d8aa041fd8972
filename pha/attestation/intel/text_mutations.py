# SPDX-License-Identifier: Apache-2.0
"""Signed JSON texts written as the vendor never writes them: same content in another form, or content amiss.

Each change takes the text and a source of choices and gives another text. A verifier may refuse any of them;
what it must not do is read another value out of them than a JSON parser does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

TextChange = Callable[[str, random.Random], str]


def _dumped(members: Any) -> str:
    return json.dumps(members, separators=(",", ":"))


def _spaced(text: str, _: random.Random) -> str:
    return json.dumps(json.loads(text))


def _indented(text: str, _: random.Random) -> str:
    return json.dumps(json.loads(text), indent=1)


def _shuffled(text: str, choose: random.Random) -> str:
    members = list(json.loads(text).items())
    choose.shuffle(members)
    return _dumped(dict(members))


def _member_added(text: str, choose: random.Random) -> str:
    members = list(json.loads(text).items())
    members.insert(choose.randrange(len(members) + 1), ("unheardOf", {"tcbStatus": "UpToDate"}))
    return _dumped(dict(members))


def _member_left_out(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    del members[choose.choice(sorted(members))]
    return _dumped(members)


def _member_doubled(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    name = choose.choice(sorted(members))
    return f"{text[:-1]},{json.dumps(name)}:{_dumped(members[name])}}}"


def _null(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    members[choose.choice(sorted(members))] = None
    return _dumped(members)


def _number_as_text(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    names = [name for name, value in sorted(members.items()) if isinstance(value, int)]
    name = choose.choice(names)
    members[name] = str(members[name])
    return _dumped(members)


def _number_form(text: str, choose: random.Random) -> str:
    name = choose.choice(['"svn":', '"pcesvn":', '"isvsvn":', '"tcbEvaluationDataNumber":', '"isvprodid":'])
    form = choose.choice(["{0}.0", "0{0}", "{0}e0", "-{0}", "{0}00000000000000000000", "+{0}", "{0}."])
    start = text.find(name)
    if start < 0:
        return text
    start += len(name)
    end = start
    while text[end].isdigit():
        end += 1
    return text[:start] + form.format(text[start:end]) + text[end:]


def _lower_case(text: str, choose: random.Random) -> str:
    name = choose.choice(['"fmspc":"', '"pceId":"', '"mrsigner":"', '"attributesMask":"', '"miscselectMask":"'])
    start = text.find(name)
    if start < 0:
        return text
    start += len(name)
    end = text.index('"', start)
    return text[:start] + text[start:end].lower() + text[end:]


def _escaped(text: str, choose: random.Random) -> str:
    word = choose.choice(["UpToDate", "OutOfDate", "tcbLevels", "tcbStatus", "SGX", "TDX", "QE"])
    return text.replace(word, f"\\u{ord(word[0]):04x}{word[1:]}", 1)


def _status_unknown(text: str, choose: random.Random) -> str:
    return text.replace("UpToDate", choose.choice(["Uptodate", "", "UpToDateX", "TDRelaunchAdvised"]), 1)


def _date_form(text: str, choose: random.Random) -> str:
    name = choose.choice(['"issueDate":"', '"nextUpdate":"', '"tcbDate":"'])
    start = text.index(name) + len(name)
    end = text.index('"', start)
    date = text[start:end]
    forms = [
        date.replace("Z", "+00:00"),
        date.replace("Z", ".000Z"),
        date.replace("T", " "),
        date.replace("Z", "+01:00"),
        date[:-1],
        date.replace("-", "/"),
        date[:5] + "13" + date[7:],
        date[:8] + "32" + date[10:],
        date[:11] + "24" + date[13:],
        date[:5] + "02-30" + date[10:],
        "",
    ]
    return text[:start] + choose.choice(forms) + text[end:]


def _levels_swapped(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    levels = members["tcbLevels"]
    if len(levels) < 2:
        return text
    first, second = choose.sample(range(len(levels)), 2)
    levels[first], levels[second] = levels[second], levels[first]
    return _dumped(members)


def _level_left_out(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    del members["tcbLevels"][choose.randrange(len(members["tcbLevels"]))]
    return _dumped(members)


def _levels_left_out(text: str, _: random.Random) -> str:
    return _dumped({**json.loads(text), "tcbLevels": []})


def _component_left_out(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    tcb = choose.choice(members["tcbLevels"])["tcb"]
    lists = [name for name in tcb if name.endswith("components")]
    if not lists:
        return text
    tcb[choose.choice(lists)].pop()
    return _dumped(members)


def _component_added(text: str, choose: random.Random) -> str:
    members = json.loads(text)
    tcb = choose.choice(members["tcbLevels"])["tcb"]
    lists = [name for name in tcb if name.endswith("components")]
    if not lists:
        return text
    tcb[choose.choice(lists)].append({"svn": 0})
    return _dumped(members)


def _cut(text: str, choose: random.Random) -> str:
    return text[: choose.randrange(len(text))]


def _followed(text: str, choose: random.Random) -> str:
    return text + choose.choice([" ", "\n", "}", "{}", "\0"])


#: Changes by name.
TEXT_CHANGES: dict[str, TextChange] = {
    "spaced": _spaced,
    "indented": _indented,
    "members_shuffled": _shuffled,
    "member_added": _member_added,
    "member_left_out": _member_left_out,
    "member_doubled": _member_doubled,
    "null": _null,
    "number_as_text": _number_as_text,
    "number_form": _number_form,
    "lower_case": _lower_case,
    "escaped": _escaped,
    "status_unknown": _status_unknown,
    "date_form": _date_form,
    "levels_swapped": _levels_swapped,
    "level_left_out": _level_left_out,
    "levels_left_out": _levels_left_out,
    "component_left_out": _component_left_out,
    "component_added": _component_added,
    "cut": _cut,
    "followed": _followed,
}
