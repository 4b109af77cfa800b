"""The API client of Langfuse's SDK. Imported by whoever has a score to send, in a thread."""

from collections.abc import Sequence

import httpx
from langfuse.api import AsyncLangfuseAPI, CreateScoreRequest, ScoreDataType
from langfuse.api.core import ApiError
from langfuse.api.scores.types.create_score_batch_results import CreateScoreBatchResults

from app.core.errors import Transient
from app.core.langfuse import LangfuseAccess
from app.core.tracing import Score
from app.services.integrations.langfuse_scores import ScoresRefusedError

ANSWER_SECONDS = 5.0
_AGAIN = frozenset({408, 425, 429})


class Sending:
    def __init__(self, access: LangfuseAccess) -> None:
        self._environment = access.environment
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS)
        self._api = AsyncLangfuseAPI(
            base_url=access.base_url,
            username=access.public_key,
            password=access.secret_key,
            x_langfuse_public_key=access.public_key,
            x_langfuse_sdk_name="python",
            httpx_client=self._http,
        )

    async def send(self, trace_id: str, scores: Sequence[Score]) -> None:
        body = [self._written(trace_id, score) for score in scores]
        try:
            answer = await self._api.scores.create(request=body, request_options={"max_retries": 0})
        except httpx.TransportError as error:
            raise Transient("Langfuse does not answer.") from error
        except ApiError as error:
            if error.status_code is None or error.status_code >= 500 or error.status_code in _AGAIN:
                raise Transient("Langfuse takes no scores at the moment.") from error
            raise ScoresRefusedError(str(error.status_code)) from None
        if isinstance(answer, CreateScoreBatchResults) and answer.rejected:
            raise ScoresRefusedError(f"{answer.rejected} of {len(body)}")

    def _written(self, trace_id: str, score: Score) -> CreateScoreRequest:
        return CreateScoreRequest(
            id=f"{trace_id}-{score.name}",  # the same again takes the place of the first
            trace_id=trace_id,
            name=score.name,
            value=score.value,
            data_type=ScoreDataType.BOOLEAN if score.yes_or_no else ScoreDataType.NUMERIC,
            environment=self._environment,
        )

    async def aclose(self) -> None:
        await self._http.aclose()
