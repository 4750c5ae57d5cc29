from concurrent.futures import Future

class _Metadata:
    multiplexed_model_id: str
    internal_request_id: str

class _RoutingContext:
    should_backoff: bool

class PendingRequest:
    metadata: _Metadata
    routing_context: _RoutingContext
    future: Future[object]

class ReplicaID:
    unique_id: str
    def __hash__(self) -> int: ...

class RunningReplica:
    replica_id: ReplicaID

class _QueueLengths:
    def get(self, replica_id: ReplicaID) -> int | None: ...

class RequestRouter:
    @property
    def replica_queue_len_cache(self) -> _QueueLengths: ...
