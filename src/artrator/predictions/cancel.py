"""Cancel a run from any process: it is settled at once, and whoever works on it is told to stop."""

from __future__ import annotations

from artrator.kernel.clock import Clock
from artrator.kernel.ids import UserId, new_id
from artrator.predictions.prediction import Outcome, Prediction, Status
from artrator.predictions.read import PredictionReader
from artrator.predictions.run import Runner
from artrator.predictions.settle import Settlement, Settlements


class Cancellation:
    """Cancel runs."""

    def __init__(self, reader: PredictionReader, settlements: Settlements, runner: Runner, clock: Clock) -> None:
        self._reader = reader
        self._settlements = settlements
        self._runner = runner
        self._clock = clock

    async def cancel(self, user_id: UserId, prediction_id: str) -> Prediction:
        """Cancel one of a user's runs and give its price back; one that ended stays as it is. Raises: NotFound."""
        prediction = await self._reader.get(user_id, prediction_id)
        if prediction.status.final:
            return prediction
        outcome = Outcome(status=Status.CANCELED, completed_at=self._clock(), settlement=new_id())
        settled = await self._settlements.settle(Settlement(prediction_id=prediction.id, outcome=outcome, lease=None))
        if settled.won:
            self._runner.stop(prediction.id)
        return settled.prediction
