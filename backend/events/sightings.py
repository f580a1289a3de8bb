"""Sightings: from which device and which network somebody worked on a day, as keyed tokens that nobody can read."""

from datetime import datetime

from backend.events.base import event
from backend.events.ids import AnnotatorId


@event("annotator.seen")
class AnnotatorSeen:
    """On this day (its midnight, UTC) requests of this person came from this address and device, in these quarters of
    an hour (0 to 95).

    `address`, `network` (its /24 or /64) and `device` are keyed tokens of the tenant, empty where nothing was told;
    `weak`: the device is only the browser's description, which many share. From `kept_until` on it is looked at no
    more.
    """

    annotator: AnnotatorId
    day: datetime
    address: str
    network: str
    device: str
    weak: bool
    slots: tuple[int, ...]
    kept_until: datetime
