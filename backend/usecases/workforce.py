"""Workforce: the use cases about people in one place, for whoever needs several of them."""

from backend.usecases.inviting import annotator_claim, annotator_invite, annotator_reinvite
from backend.usecases.keys import issue_key, key_stream
from backend.usecases.people import annotator_get, annotator_history, annotator_list
from backend.usecases.screening import annotator_activate, annotator_check_record, annotator_screen
from backend.usecases.standing import (
    annotator_erase,
    annotator_move,
    annotator_offboard,
    annotator_pause,
    annotator_reinstate,
    annotator_resume,
    annotator_suspend,
)
from backend.usecases.vault import Sealed

__all__ = [
    "Sealed",
    "annotator_activate",
    "annotator_check_record",
    "annotator_claim",
    "annotator_erase",
    "annotator_get",
    "annotator_history",
    "annotator_invite",
    "annotator_list",
    "annotator_move",
    "annotator_offboard",
    "annotator_pause",
    "annotator_reinstate",
    "annotator_reinvite",
    "annotator_resume",
    "annotator_screen",
    "annotator_suspend",
    "issue_key",
    "key_stream",
]
