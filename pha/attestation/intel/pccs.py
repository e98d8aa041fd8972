# SPDX-License-Identifier: Apache-2.0
"""Collateral fetched from a provisioning certificate caching service (PCCS), or from Intel's own service.

The paths are those of version 4 of Intel's provisioning certification API. Nothing fetched is trusted: it is
parsed here and judged elsewhere.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage

from pha.attestation.intel.chains import common_name
from pha.attestation.intel.collateral import Collateral, certificates
from pha.attestation.intel.errors import MalformedEvidenceError
from pha.attestation.intel.json_fields import JsonObject
from pha.attestation.intel.pck import pck_extension_of
from pha.attestation.intel.quote import CertificationType, Quote

_LARGEST_ANSWER = 4 << 20
_RETRIED = frozenset({429, 500, 502, 503, 504})


class FetchError(Exception):
    """A service that does not answer, or not with what was asked for. The message names the address."""


@dataclass(frozen=True)
class Answer:
    """Body and headers of an answer."""

    url: str
    body: bytes
    headers: HTTPMessage

    def chain(self, *names: str) -> str:
        """The issuer chain in a header: PEM, URL-encoded; the first of `names` that is there.

        Raises:
            FetchError: none is there, or it holds no certificates.
        """
        for name in names:
            value = self.headers.get(name)
            if value is not None:
                pem = urllib.parse.unquote(value)
                try:
                    certificates(pem, name)
                except MalformedEvidenceError as error:
                    raise FetchError(f"{self.url}: header {error}") from error
                return pem
        raise FetchError(f"{self.url}: the answer has no header {names[0]}")


@dataclass(frozen=True)
class PccsClient:
    """Reads from a service.

    Attributes:
        url: base address, such as `https://api.trustedservices.intel.com`; a path in it is kept.
        timeout_seconds: for each attempt.
        attempts: how often a request is tried where the service is busy or the connection fails.
        pause_seconds: before the second attempt; doubled before each further one.
        root_crl_url: address of the root's revocation list, for Intel's own service, which has none itself.
        sleep: waits; replaced in tests.
    """

    url: str
    timeout_seconds: float = 20.0
    attempts: int = 4
    pause_seconds: float = 0.5
    root_crl_url: str | None = None
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        """Refuse what is no address of a web service.

        Raises:
            FetchError: an address is not HTTP or HTTPS.
        """
        for url in (self.url, self.root_crl_url):
            if url is not None and urllib.parse.urlsplit(url).scheme not in ("http", "https"):
                raise FetchError(f"{url!r} is not an http or https address")

    def collateral_for(self, quote: Quote) -> Collateral:
        """Everything a quote is judged with; which platform it is of stands in its PCK certificate.

        Raises:
            FetchError: the quote carries no certificate chain, or the service fails.
            MalformedEvidenceError: the certificate can't be read.
        """
        kind = quote.qe.certification.type
        if kind != CertificationType.PCK_CHAIN:
            raise FetchError(f"the quote carries certification data of type {kind}, not a certificate chain (5)")
        pool = certificates(quote.qe.certification.data, "quote.certification.data")
        names = [common_name(entry).lower() for entry in pool[1:]]
        ca = "processor" if any("processor ca" in name for name in names) else "platform"
        return self.collateral(pck_extension_of(pool[0]).fmspc, ca, quote.is_tdx)

    def collateral(self, fmspc: bytes, ca: str, tdx: bool) -> Collateral:
        """Collateral of one platform.

        Args:
            fmspc: 6 bytes.
            ca: `platform` or `processor`, whichever issued the PCK.
            tdx: for TDX quotes; for SGX ones where False.

        Raises:
            FetchError: the service fails.
        """
        tee = "tdx" if tdx else "sgx"
        pck_crl = self.get(f"sgx/certification/v4/pckcrl?ca={ca}&encoding=der")
        tcb = self.get(f"{tee}/certification/v4/tcb?fmspc={fmspc.hex().upper()}")
        qe = self.get(f"{tee}/certification/v4/qe/identity")
        tcb_info, tcb_signature = signed_member(tcb, "tcbInfo")
        identity, identity_signature = signed_member(qe, "enclaveIdentity")
        return Collateral(
            pck_crl_issuer_chain=pck_crl.chain("SGX-PCK-CRL-Issuer-Chain"),
            root_ca_crl=self.root_crl(),
            pck_crl=_der(pck_crl),
            tcb_info_issuer_chain=tcb.chain("TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"),
            tcb_info=tcb_info,
            tcb_info_signature=tcb_signature,
            qe_identity_issuer_chain=qe.chain("SGX-Enclave-Identity-Issuer-Chain"),
            qe_identity=identity,
            qe_identity_signature=identity_signature,
        )

    def root_crl(self) -> bytes:
        """The root's revocation list, DER. A PCCS answers in hexadecimal."""
        if self.root_crl_url is not None:
            return _der(self._fetch(self.root_crl_url))
        return _der(self.get("sgx/certification/v4/rootcacrl"))

    def get(self, path: str) -> Answer:
        """One resource of the service.

        Raises:
            FetchError: no attempt succeeded, or the answer is not 200 or too large.
        """
        return self._fetch(f"{self.url.rstrip('/')}/{path}")

    def _fetch(self, url: str) -> Answer:
        pause = self.pause_seconds
        for attempt in range(1, self.attempts + 1):
            try:
                return self._once(url)
            except urllib.error.HTTPError as error:
                error.close()
                problem = f"{url}: the service answers {error.code} {error.reason}"
                if error.code not in _RETRIED:
                    raise FetchError(problem) from error
            except (urllib.error.URLError, HTTPException, OSError) as error:
                problem = f"{url}: {getattr(error, 'reason', error) or type(error).__name__}"
            if attempt < self.attempts:
                self.sleep(pause)
                pause *= 2
        raise FetchError(f"{problem} (after {self.attempts} attempts)")

    def _once(self, url: str) -> Answer:
        request = urllib.request.Request(url, headers={"Accept": "*/*", "User-Agent": "pha-attest"})
        with urllib.request.urlopen(request, timeout=self.timeout_seconds) as response:
            body = response.read(_LARGEST_ANSWER + 1)
            if len(body) > _LARGEST_ANSWER:
                raise FetchError(f"{url}: the answer is longer than {_LARGEST_ANSWER} bytes")
            return Answer(url, body, response.headers)


def signed_member(answer: Answer, name: str) -> tuple[str, bytes]:
    """The exact text of a signed member and its signature, 64 bytes.

    The service answers `{"<name>":<object>,"signature":"<hex>"}`; what is signed is the object as it stands
    there, so it is cut out of the text, not written anew.

    Raises:
        FetchError: the answer has another form.
    """
    try:
        text = answer.body.decode()
        top = JsonObject.parse(text, "answer")
        top.object(name)
        signature = top.hexadecimal("signature", 64)
        start = text.index(":", text.index(f'"{name}"')) + 1
        start += len(text[start:]) - len(text[start:].lstrip())
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, UnicodeDecodeError) as error:
        raise FetchError(f"{answer.url}: {error}") from error
    return text[start:end], signature


def _der(answer: Answer) -> bytes:
    """DER as it is, or as hexadecimal text."""
    if answer.body[:1] == b"\x30" and answer.body[1:2] > b"\x7f":
        return answer.body
    try:
        return bytes.fromhex(answer.body.decode().strip())
    except ValueError:
        raise FetchError(f"{answer.url}: neither DER nor hexadecimal text") from None
