"""Many calls for help at once: each judged by itself, each with its own receipt."""

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError

from app.core.errors import AppError
from app.core.problems import document_of, document_of_fields
from app.schemas.request_bodies import BatchItem, RequestBatch, RequestCreate
from app.schemas.request_views import BatchResult, RequestReceipt, RequestView
from app.schemas.user import User
from app.services.requests import Requests

AT_ONCE = 16
CREATED, REPEATED, UNPROCESSABLE = 201, 200, 422


@dataclass(frozen=True)
class Intake:
    requests: Requests

    async def submit_all(self, caller: User, batch: RequestBatch, *, base: str = "") -> BatchResult:
        """A receipt for each item; one that is refused, or that the store could not take, keeps no other back."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(index: int, item: BatchItem) -> RequestReceipt:
            async with gate:
                return await self._submit(caller, index, item, base)

        receipts = await asyncio.gather(*(one(index, item) for index, item in enumerate(batch.items)))
        statuses = [receipt.status for receipt in receipts]
        return BatchResult(
            accepted=statuses.count(CREATED),
            repeated=statuses.count(REPEATED),
            refused=len(statuses) - statuses.count(CREATED) - statuses.count(REPEATED),
            results=tuple(receipts),
        )

    async def _submit(self, caller: User, index: int, item: BatchItem, base: str) -> RequestReceipt:
        try:
            body = RequestCreate.model_validate(item.request)
            request, new = await self.requests.submit(caller, body, idempotency_key=item.idempotency_key, base=base)
        except ValidationError as error:
            return RequestReceipt(
                index=index, status=UNPROCESSABLE, problem=document_of_fields(error.errors(), place="body")
            )
        except AppError as error:
            return RequestReceipt(index=index, status=int(error.status), problem=document_of(error))
        return RequestReceipt(index=index, status=CREATED if new else REPEATED, request=RequestView.of(request))
