"""Which projections there are: inline ones are true in the transaction itself, the others follow the log by index."""

from backend.readmodels.agreements import AGREEMENTS
from backend.readmodels.credentials import CREDENTIALS
from backend.readmodels.people import PEOPLE
from backend.readmodels.proficiency import PROFICIENCY
from backend.readmodels.projects import PROJECTS
from backend.readmodels.queue import QUEUE
from backend.readmodels.reviews import REVIEWS
from backend.readmodels.tasks import TASKS
from backend.readmodels.throughput import THROUGHPUT

# The order matters: a step may read what an earlier projection made of the same event.
INLINE = (CREDENTIALS, PEOPLE, AGREEMENTS, PROJECTS, QUEUE, TASKS, REVIEWS)
FOLLOWING = (PROFICIENCY, THROUGHPUT)
