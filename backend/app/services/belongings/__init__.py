"""Everything the product holds of a person. `tests/test_forgettings.py` fails for a collection that is not in here."""

from app.core.clock import Clock
from app.core.queue import JobQueue
from app.core.security.directory import Directory
from app.crud.audit import AuditLog
from app.crud.messages import MessageRepository
from app.crud.observations import ObservationRepository
from app.crud.threads import ThreadRepository
from app.services.anonymising import Anonymising
from app.services.belongings.kind import Belongings, Leaver
from app.services.belongings.requests import OwnRequests
from app.services.belongings.tasks import OwnTasks
from app.services.belongings.things import Charges, Inbox, Memberships, OwnDevices, OwnTrace, Photos, SignIn, Texts
from app.services.belongings.writings import Writings
from app.services.devices import Devices
from app.services.identity import LocalIdentity
from app.services.media import Uploads
from app.services.notifications import Notifications
from app.services.participants import Participants
from app.services.resources import Resources
from app.services.tasks import Tasks

__all__ = ["Belongings", "Leaver", "all_belongings"]


def all_belongings(
    *,
    directory: Directory,
    identity: LocalIdentity | None,
    tasks: Tasks,
    participants: Participants,
    uploads: Uploads,
    messages: MessageRepository,
    observations: ObservationRepository,
    resources: Resources,
    devices: Devices,
    threads: ThreadRepository,
    notifications: Notifications,
    anonymising: Anonymising,
    audit: AuditLog,
    queue: JobQueue,
    clock: Clock,
    country: str,
) -> tuple[Belongings, ...]:
    """Every kind, in the order in which they are let go of: first what others wait for, last what is not in the store
    and may not answer."""
    users, disasters = participants.users, participants.disasters
    return (
        OwnTasks(tasks, clock),
        OwnRequests(tasks.cases, users, anonymising, notifications, queue, clock),
        Charges("resources", "Stocks you entered pass to an administrator.", resources.resources, clock),
        Charges("disasters", "Disasters you entered pass to an administrator.", disasters, clock),
        Memberships(participants, users, clock),
        Photos(uploads),
        Writings(
            "messages",
            "What you wrote in chats stays for those who answered, signed by nobody, without numbers and names.",
            messages,
            ("text",),
            country,
            clock,
        ),
        Writings(
            "observations",
            "What you reported stays as long as it holds, signed by nobody, without numbers, names and photos.",
            observations,
            ("title", "description", "status_note"),
            country,
            clock,
            cleared={"media": ()},
        ),
        Inbox(notifications.notifications),
        Texts(threads),
        OwnDevices(devices),
        OwnTrace(audit, clock),
        SignIn(directory, identity),
    )
