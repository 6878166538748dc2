"""Credentials of connectors, encrypted as the plugin keeps them: a master key in the index `.plugins-ml-config`."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local.gateway.errors import UpstreamError
from local.gateway.mappings import CONFIG
from local.gateway.store import MissingIndexError, now_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.gateway.store import Store

MASTER_KEY = "master_key"
_NONCE_BYTES = 12


class Credentials:
    """Encrypts and decrypts with AES-256-GCM; the key is made with the first credential."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._making = asyncio.Lock()

    async def encrypt(self, values: Mapping[str, str]) -> dict[str, str]:
        """`values` with every value encrypted, base64."""
        cipher = await self._cipher()
        return {name: _sealed(cipher, value) for name, value in values.items()}

    async def decrypt(self, values: Mapping[str, str]) -> dict[str, str]:
        """What `encrypt` was given."""
        cipher = await self._cipher()
        return {name: _opened(cipher, value) for name, value in values.items()}

    async def _cipher(self) -> AESGCM:
        async with self._making:
            return AESGCM(base64.b64decode(await self._stored_key() or await self._new_key()))

    async def _stored_key(self) -> str | None:
        try:
            document = await self._store.get(CONFIG, MASTER_KEY)
        except MissingIndexError:
            return None
        return str(document.source[MASTER_KEY]) if document else None

    async def _new_key(self) -> str:
        key = base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()
        try:
            await self._store.create(CONFIG, {MASTER_KEY: key, "create_time": now_ms()}, MASTER_KEY)
        except UpstreamError as error:
            if error.error["type"] != "version_conflict_engine_exception":
                raise
            return str(await self._stored_key())  # another gateway was faster
        return key


def _sealed(cipher: AESGCM, value: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, value.encode(), None)).decode()


def _opened(cipher: AESGCM, sealed: str) -> str:
    raw = base64.b64decode(sealed)
    return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
