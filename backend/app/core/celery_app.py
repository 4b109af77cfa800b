"""How Celery is set up here, for those who send and for those who work. Making an app does no I/O."""

import json
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from app.core.queue import Lane

WORK, SWEEP = "resq.work", "resq.sweep"
RUNG_AT = "resq_rung_at"
JOB_SECONDS = 240.0
"""A job that takes longer is given up and counted as failed; one that cannot be given up ends its process."""
KILLED_AFTER_SECONDS = 300
ROOM_MOST = 20
"""Rings in one message: few enough that two workers share a backlog, enough that a message costs little."""
_PREFIX = "resq:"


def key(*parts: str) -> str:
    """The name of something of ours in Redis."""
    return _PREFIX + ":".join(parts)


def rung_at(message: bytes | str | None) -> float | None:
    """When a message that waits in Redis was sent, in seconds of the epoch; None for one that does not say."""
    try:
        at = json.loads(message or "null")["headers"][RUNG_AT]
    except (ValueError, KeyError, TypeError):
        return None
    return float(at) if isinstance(at, int | float) else None


def queue_name(lane: Lane) -> str:
    return key("lane", lane.word)


LANES = tuple(Queue(queue_name(lane), Exchange("", type="direct"), routing_key=queue_name(lane)) for lane in Lane)


def sending(url: str) -> Celery:
    """For who passes rings on: it gives up at once, and leaves trying again to its own thread."""
    app = Celery("resq-sending", broker=url, set_as_current=False)
    app.conf.update(_common())
    app.conf.update(
        task_publish_retry=False,
        broker_transport_options=_transport(
            max_retries=0,
            interval_start=0,
            interval_step=0,
            interval_max=0,
            socket_timeout=1,
            socket_connect_timeout=1,
        ),
    )
    return app


def working(url: str, *, sweep_seconds: float) -> Celery:
    """For workers and beat."""
    app = Celery("resq", broker=url)
    app.conf.update(_common())
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # Not `task_retry_on_worker_lost`: it gives a message up in the main process, where nothing can be written
        # down. The third lost process is the end here as well, for each job of a message on its own (see leases).
        task_time_limit=KILLED_AFTER_SECONDS,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=10_000,
        worker_proc_alive_timeout=60,
        worker_soft_shutdown_timeout=20,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport(
            socket_timeout=10, socket_connect_timeout=3, retry_on_timeout=True, health_check_interval=10
        ),
        beat_schedule={
            "sweep": {
                "task": SWEEP,
                "schedule": sweep_seconds,
                # Nobody needs two of them, so one that was not taken by the time of the next is gone.
                "options": {"queue": queue_name(Lane.CRITICAL), "expires": max(2.0, sweep_seconds)},
            }
        },
        beat_scheduler="redbeat.RedBeatScheduler",
        beat_max_loop_interval=1,
        redbeat_redis_url=url,
        redbeat_key_prefix=key("beat:"),
        redbeat_lock_timeout=8,
    )
    return app


def _common() -> dict[str, Any]:
    return {
        "task_queues": LANES,
        "task_default_queue": queue_name(Lane.BACKGROUND),
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
        "enable_utc": True,
    }


def _transport(**more: Any) -> dict[str, Any]:
    return {
        "visibility_timeout": 4 * KILLED_AFTER_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",  # the lanes in the order in which they are named, and not by turns
        "priority_steps": [0],
        "unacked_key": key("unacked"),
        "unacked_index_key": key("unacked_index"),
        "unacked_mutex_key": key("unacked_mutex"),
        **more,
    }
