"""Duplicates: which calls for help seem to tell of the same, from plain values, with the evidence for each link.

A link hides nobody. It puts requests before a coordinator together, and lets the most urgent of them speak for all.
"""

from app.services.duplicates.index import Index, Neighbours
from app.services.duplicates.rules import Limits, Link, Reason, Report
from app.services.duplicates.words import Wording, shingles, words

__all__ = ["Index", "Limits", "Link", "Neighbours", "Reason", "Report", "Wording", "shingles", "words"]
