"""Invented disasters at real places, as data: for the demo, for tests and for benchmarks."""

from app.scenarios.scenario import Scenario, load, names

__all__ = ["Scenario", "load", "names"]
