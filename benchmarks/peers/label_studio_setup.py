"""Run by Label Studio's own Python, in its `manage.py shell`: people with tokens and a project of N tasks."""
# Its modules are Label Studio's, which is not installed here.
# mypy: ignore-errors

import json
import os

from django.db import transaction
from organizations.models import Organization
from projects.models import Project
from rest_framework.authtoken.models import Token
from tasks.models import Task
from users.models import User

PEOPLE, TASKS = int(os.environ["PEER_PEOPLE"]), int(os.environ["PEER_TASKS"])
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="choice" toName="text"><Choice value="cat"/><Choice value="dog"/></Choices></View>"""

with transaction.atomic():
    owner = User.objects.create_user(email="owner@bench.invalid", password=os.urandom(16).hex())
    organization = Organization.create_organization(created_by=owner, title="bench")
    owner.active_organization = organization
    owner.save()
    # The plain token of each person; the newer tokens have to be exchanged every five minutes.
    organization.jwt.legacy_api_tokens_enabled = True
    organization.jwt.save()
    tokens = []
    for n in range(PEOPLE):
        person = User.objects.create_user(email=f"person{n}@bench.invalid", password=os.urandom(16).hex())
        organization.add_user(person)
        person.active_organization = organization
        person.save()
        tokens.append(Token.objects.get_or_create(user=person)[0].key)
    project = Project.objects.create(
        title="bench",
        label_config=CONFIG,
        created_by=owner,
        organization=organization,
        maximum_annotations=1,
        sampling=os.environ["PEER_SAMPLING"],
    )
    Task.objects.bulk_create(
        [Task(project=project, data={"text": f"item {n}"}, overlap=1, inner_id=n + 1) for n in range(TASKS)],
        batch_size=1_000,
    )

print("PEER " + json.dumps({"project": project.id, "tokens": tokens}))
