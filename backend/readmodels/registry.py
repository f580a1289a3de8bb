"""Which projections there are: inline ones are true in the transaction itself, the others follow the log by index."""

from backend.readmodels.agreements import AGREEMENTS
from backend.readmodels.announcements import ANNOUNCEMENTS
from backend.readmodels.audit_floor import AUDIT_FLOOR
from backend.readmodels.availability import AVAILABILITY
from backend.readmodels.calibration import CALIBRATION
from backend.readmodels.clarifications import CLARIFICATIONS
from backend.readmodels.credentials import CREDENTIALS
from backend.readmodels.deliveries import DELIVERIES
from backend.readmodels.disputes import DISPUTES
from backend.readmodels.double_reviews import DOUBLE_REVIEWS
from backend.readmodels.drift import DRIFT
from backend.readmodels.escalations import ESCALATIONS
from backend.readmodels.expert_words import EXPERT_WORDS
from backend.readmodels.flags import FLAGS
from backend.readmodels.gold import GOLD
from backend.readmodels.gold_health import GOLD_HEALTH
from backend.readmodels.gold_record import GOLD_RECORD
from backend.readmodels.guidelines import GUIDELINES
from backend.readmodels.handling import HANDLING
from backend.readmodels.intake import INTAKE
from backend.readmodels.iterations import ITERATIONS
from backend.readmodels.judged import JUDGED
from backend.readmodels.labels_shown import LABELS_SHOWN
from backend.readmodels.lanes import LANES
from backend.readmodels.milestones import MILESTONES
from backend.readmodels.mislabels import MISLABELS
from backend.readmodels.models import MODELS
from backend.readmodels.people import PEOPLE
from backend.readmodels.pilot_projects import PILOT_PROJECTS
from backend.readmodels.pilots import PILOTS
from backend.readmodels.planted import PLANTED
from backend.readmodels.priors import PRIORS
from backend.readmodels.proficiency import PROFICIENCY
from backend.readmodels.projects import PROJECTS
from backend.readmodels.queue import QUEUE
from backend.readmodels.ramp import RAMP
from backend.readmodels.recertification import RECERTIFICATION
from backend.readmodels.rekeyed import REKEYED
from backend.readmodels.retraining import RETRAINING
from backend.readmodels.review_control import REVIEW_CONTROL
from backend.readmodels.reviews import REVIEWS
from backend.readmodels.rework import REWORK
from backend.readmodels.routines import ROUTINES
from backend.readmodels.sightings import SIGHTINGS
from backend.readmodels.signatures import SIGNATURES
from backend.readmodels.skills import SKILLS
from backend.readmodels.staff_rates import STAFF_RATES
from backend.readmodels.staffing import STAFFING
from backend.readmodels.tasks import TASKS
from backend.readmodels.taught import TAUGHT_PRACTICE
from backend.readmodels.taxonomies import TAXONOMIES
from backend.readmodels.throughput import THROUGHPUT
from backend.readmodels.training import TRAINING
from backend.readmodels.vendor_floors import VENDOR_FLOORS
from backend.readmodels.vendor_rates import VENDOR_RATES
from backend.readmodels.vendors import VENDORS
from backend.readmodels.webhooks import WEBHOOKS
from backend.readmodels.workflows import WORKFLOWS

# The order matters: a step may read what an earlier projection made of the same event.
INLINE = (
    CREDENTIALS,
    PEOPLE,
    VENDORS,
    VENDOR_FLOORS,
    VENDOR_RATES,
    STAFF_RATES,
    AGREEMENTS,
    SIGNATURES,
    TRAINING,
    TAUGHT_PRACTICE,
    RECERTIFICATION,
    RETRAINING,
    GUIDELINES,
    PROJECTS,
    TAXONOMIES,
    WORKFLOWS,
    SKILLS,
    LANES,
    QUEUE,
    TASKS,
    GOLD,
    GOLD_HEALTH,
    INTAKE,
    ITERATIONS,
    PILOTS,
    PILOT_PROJECTS,
    DELIVERIES,
    REVIEWS,
    AUDIT_FLOOR,
    CALIBRATION,
    PRIORS,
    ESCALATIONS,
    EXPERT_WORDS,
    DOUBLE_REVIEWS,
    MODELS,
    LABELS_SHOWN,
    ANNOUNCEMENTS,
    CLARIFICATIONS,
    AVAILABILITY,
    STAFFING,
    REWORK,
    MISLABELS,
    FLAGS,
    SIGHTINGS,
    DISPUTES,
    REKEYED,
    ROUTINES,
    DRIFT,
    WEBHOOKS,
)
FOLLOWING = (
    PROFICIENCY,
    THROUGHPUT,
    MILESTONES,
    RAMP,
    HANDLING,
    JUDGED,
    GOLD_RECORD,
    REVIEW_CONTROL,
    PLANTED,
)
