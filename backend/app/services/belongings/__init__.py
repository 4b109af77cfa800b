"""Everything the product holds of a person. `tests/test_forgettings.py` fails for a collection that is not in here."""

from app.core.clock import Clock
from app.core.queue import JobQueue
from app.crud.audit import AuditLog
from app.crud.threads import ThreadRepository
from app.services.anonymising import Anonymising
from app.services.belongings.kind import Belongings, Leaver
from app.services.belongings.requests import OwnRequests
from app.services.belongings.tasks import OwnTasks
from app.services.belongings.things import Charges, Inbox, Memberships, OwnDevices, OwnTrace, SignIn, Texts
from app.services.devices import Devices
from app.services.disasters import Disasters
from app.services.identity import LocalIdentity
from app.services.notifications import Notifications
from app.services.resources import Resources
from app.services.tasks import Tasks

__all__ = ["Belongings", "Leaver", "all_belongings"]


def all_belongings(
    *,
    identity: LocalIdentity | None,
    tasks: Tasks,
    disasters: Disasters,
    resources: Resources,
    devices: Devices,
    threads: ThreadRepository,
    notifications: Notifications,
    anonymising: Anonymising,
    audit: AuditLog,
    queue: JobQueue,
    clock: Clock,
) -> tuple[Belongings, ...]:
    """Every kind, in the order in which they are let go of: first what others wait for."""
    users = disasters.users
    return (
        SignIn(identity),
        OwnTasks(tasks, clock),
        OwnRequests(tasks.cases, users, anonymising, notifications, queue, clock),
        Charges("resources", "Stocks you entered pass to an administrator.", resources.resources, clock),
        Charges("disasters", "Disasters you entered pass to an administrator.", disasters.disasters, clock),
        Memberships(disasters, users, clock),
        Inbox(notifications.notifications),
        Texts(threads),
        OwnDevices(devices),
        OwnTrace(audit, clock),
    )
