"""Muster: workforce management and task queue for data annotation. This file is the map.

| Package                  | Answers                    | May import (of ours)               | I/O                |
|--------------------------|----------------------------|------------------------------------|--------------------|
| `statistics/`            | what numbers say           | nothing                            | no: no clock, dice |
| `events/` except `store` | what happened              | nothing                            | no                 |
| `domain/`                | what may happen            | `events`, `statistics`             | no: no clock, dice |
| `events/store/`          | how facts are kept         | `events`                           | PostgreSQL, keys   |
| `readmodels/`            | what can be asked          | `events`, the store                | PostgreSQL         |
| `usecases/`              | what one may do            | all above                          | through `Work`     |
| `api/`                   | over HTTP                  | `usecases`, ids, refusals          | HTTP               |
| `workers/`               | in its own time            | `usecases`, subscriptions          | Redis              |
| `platform/`              | what it runs on            | `settings`, nothing of the domain  | yes                |
| `reenact/`, `demo/`      | as a client would          | each other; the public API alone   | HTTP               |
| `settings.py`            | every environment variable | `platform.problems`                | environment        |
| `cli.py`, `wiring.py`, .. | put together               | everything                         | yes                |

Imports only go down: `(api | workers) -> usecases -> readmodels -> domain -> events -> statistics`; import-linter
enforces it.
The same nouns in every layer: `ls -d backend/*/tasks* backend/*/*/tasks*` is everything about tasks.

Where a new line belongs, in order: did it happen? `events`. May it? `domain`. Can it be asked? `readmodels`.
May one do it? `usecases`. How does it come in? `api`. When nobody asks? `workers`. How is it kept? `events/store`.
"""
