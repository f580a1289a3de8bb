"""A route: one operation of the API as data. The door serves it, the OpenAPI document describes it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from backend.api import body as reader
from backend.api.cursor import Check
from backend.api.fields import Body
from backend.domain.errors import not_found
from backend.usecases.together import UseCaseTogether
from backend.usecases.work import UseCase

Method = Literal["GET", "POST", "PUT"]
VERSION_MAX = 2_147_483_647

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEY = re.compile(r"[0-9A-Za-z]{12}")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation. `usecase` is named as the operation and takes path, body and query fields by name.

    `key`: whether an Idempotency-Key must be sent or may be (POST only). `auth`: by API key, or by the claim
    token in the body's `claim_token`. `body_as`: the whole body is this one argument. `if_match`: the strong
    ETag "n" becomes the argument `expected_version`. `cursor`: reads what a list's cursor holds. `again`:
    reads what may not be kept in the answer to a repeated request. `together`: the use case for many
    requests that share a transaction. `limit_bytes`: of the body. `media`: what else
    than JSON the answer may be.
    """

    method: Method
    path: str
    usecase: UseCase
    says: str
    answer: type[Any]
    body: type[Any] | None = None
    body_as: str | None = None
    query: type[Body] | None = None
    key: Literal["required", "accepted"] = "accepted"
    status: int = 200
    auth: Literal["key", "claim"] = "key"
    if_match: bool = False
    etag: bool = False
    cursor: Check = UUID
    again: Callable[..., Any] | None = None
    together: UseCaseTogether | None = None
    limit_bytes: int = reader.LIMIT_BYTES
    media: tuple[str, ...] = ()

    @property
    def operation_id(self) -> str:
        """The stable name of the operation, which is the use case's."""
        return self.usecase.__name__

    @property
    def path_names(self) -> tuple[str, ...]:
        """The parameters in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def arguments(self) -> frozenset[str]:
        """The names of all arguments that the use case is given."""
        body = (self.body_as,) if self.body_as else self.body.model_fields if self.body else ()
        query = self.query.model_fields if self.query else ()
        named = {*self.path_names, *body, *query} | ({"expected_version"} if self.if_match else set())
        return frozenset(named - ({"claim_token"} if self.auth == "claim" else set()))


def path_value(name: str, text: str) -> UUID | int | str:
    """A path parameter as its type. Raises not_found for what can be no id: malformed looks like foreign."""
    if name == "key":
        if _KEY.fullmatch(text):
            return text
    elif name == "version":
        if _NUMBER.fullmatch(text) and int(text) <= VERSION_MAX:
            return int(text)
    elif _UUID.fullmatch(text):
        return UUID(text)
    raise not_found(f"{'an' if name[0] in 'aeiou' else 'a'} {name.replace('_', ' ')}")
