"""What the reference makes of one raw message that comes alone: its own message classes, then the profile that its logger would track into."""

from typing import Any, Dict

from reference import DatasetProfileView
from whylogs.api.logger.experimental.logger.actor import process_rolling_logger_messages as wire
from whylogs.core import DatasetProfile

READERS = {
    "request": lambda raw: wire.RawLogMessage(raw, 1).to_log_request_dict(),
    "pubsub": lambda raw: wire.RawPubSubMessage(raw, 1).to_pubsub_message()["log_request"],
    "embeddings": lambda raw: wire.RawLogEmbeddingsMessage(raw, 1).to_log_embeddings_request_dict(),
    "pubsub-embeddings": lambda raw: wire.RawPubSubEmbeddingMessage(raw, 1).to_pubsub_embedding_message()[
        "log_embedding_request"
    ],
}


def tracked(kind: str, raw: bytes) -> DatasetProfileView:
    request: Dict[str, Any] = READERS[kind](raw)
    if request is None:
        raise ValueError("dropped")
    if kind.endswith("embeddings"):
        data, _ = wire.log_dict_to_embedding_matrix(request)
    else:
        data, _ = wire.log_dict_to_data_frame(request)
    profile = DatasetProfile()
    profile.track(data)
    # Through bytes, as a reader gets it.
    return DatasetProfileView.deserialize(profile.view().serialize())
