"""All worker tasks: a name, one id, one line each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.core.queue import Handler, Job

if TYPE_CHECKING:
    from app.services import Services


def handlers(services: "Services") -> Mapping[Job, Handler]:
    """What each job rings."""
    return {
        Job.ASSESS: services.assessment.run,
        Job.PLAN: services.planning.run,
        Job.MATCH: services.matchmaking.run,
        Job.DELIVER: services.notifications.deliver,
        Job.LINK: services.linking.run,
        Job.SCOUT: services.scout.run,
        Job.LAPSE: services.observations.expire,
        Job.DISCARD: services.media.discard_overdue,
        Job.FORGET: services.forgettings.run,
        Job.ANONYMISE: services.anonymising.run,
        Job.TELL: services.sign_ins.run,
        Job.EXPIRE: services.retention.run,
    }


async def sweep(services: "Services") -> None:
    """What beat rings for, where the sweeper is no task of the API's own process."""
    await services.sweeper.tick()
