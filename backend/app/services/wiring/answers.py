"""The chatbot, with what it knows of those who ask."""

from app.agent_v2.answering.knowledge import knowledge
from app.services.askers import StoredAskers
from app.services.chatbot import Chatbot
from app.services.wiring.common import Common


def chatbot_over(common: Common) -> Chatbot:
    edges, kept = common.edges, common.repositories
    return Chatbot(
        answerer=edges.answerer,
        knowledge=knowledge(),
        country=knowledge().country(edges.settings.country),
        askers=StoredAskers(
            requests=kept.requests,
            outputs=kept.outputs,
            tasks=kept.tasks,
            disasters=kept.disasters,
            clock=edges.clock,
            country=edges.settings.country,
        ),
        clock=edges.clock,
    )
