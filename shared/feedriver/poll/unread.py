"""What was fetched and not read in a batch's time: kept in S3 for the next round, so that nobody is asked twice.

An object is a line of JSON (`Title`), and behind it the document as `Document.save` writes it. The message that puts
the feed back names its revision (`Batch.unread`). Where the feed is at another one by then, somebody else has read it
since: what was kept is older, and is left to expire, as is what the last round leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from feedriver.documents import Document
from feedriver.errors import EdgeError
from feedriver.fields import AddressOrNone, OwnAddress, StoredRecord, Text
from feedriver.http import Answer
from feedriver.ports import Store

Reopen = Callable[[IO[bytes]], Document]  # `feedriver.fetch.body.reopen`
IN_MEMORY = 64 * 1024  # bytes of an object; more are in the temp folder
# What is read of the headers of a 200. Others may carry what is nobody's business: cookies, names, tokens.
HEADERS = ("cache-control", "content-type", "date", "etag", "expires", "last-modified")


class Title(StoredRecord):
    """An answer without its document. `slow` says that its document took longer than its quantum."""

    status: int
    headers: dict[Text, Text]
    url: OwnAddress
    received: int
    milliseconds: int
    moved_to: AddressOrNone = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """Keeps answers in `store`. All of it blocks: to be called from threads."""

    store: Store
    reopen: Reopen

    def keep(self, key: str, answer: Answer, *, slow: bool) -> None:
        """Keep an answer under `key`; `EdgeError` where that fails."""
        title = Title(
            status=answer.status,
            headers={name: answer.headers[name] for name in HEADERS if name in answer.headers},
            url=answer.url,
            received=answer.received,
            milliseconds=answer.milliseconds,
            moved_to=answer.moved_to,
            slow=slow,
        )
        try:
            with SpooledTemporaryFile(IN_MEMORY) as file:
                file.write(title.model_dump_json().encode() + b"\n")
                answer.body.save(file)
                file.seek(0)
                self.store.put_file(key, file)
        except OSError as error:
            raise EdgeError(f"the temp folder takes no more: {error.strerror}") from None

    def take(self, key: str) -> tuple[Answer, bool]:
        """What was kept under `key`, and whether it was slow; `EdgeError` where it is not to be had any more."""
        file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the document's, which closes it
        try:
            self.store.get_file(key, file)
            file.seek(0)
            title = Title.model_validate_json(file.readline())
            body = self.reopen(file)
        except (OSError, ValueError) as error:
            file.close()
            raise EdgeError(f"what was kept of an answer cannot be read: {type(error).__name__}") from None
        except BaseException:
            file.close()
            raise
        return Answer(body=body, **title.model_dump(exclude={"slow"})), title.slow
