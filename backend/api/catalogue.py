"""Every code that an error or an empty pull can carry, and what a client does about it. Codes are stable."""

from dataclasses import dataclass
from typing import Literal

Action = Literal["retry", "pull again", "fix and resend", "ask a person", "stop"]


@dataclass(frozen=True, slots=True)
class Code:
    """What the client should do, and what the code means in one line."""

    action: Action
    says: str


def _codes(action: Action, **says: str) -> dict[str, Code]:
    return {code: Code(action, text) for code, text in says.items()}


CODES: dict[str, Code] = {
    **_codes(
        "retry",
        body_too_slow="The body did not arrive in time.",
        busy="Other writers were faster every time; nothing was done.",
        database_unavailable="The database does not answer at this moment; a repeat shows what was done.",
    ),
    **_codes(
        "pull again",
        lease_lost="The lease has ended; an answer sent under it is kept, not counted.",
        lease_revoked="The lease was taken away; an answer sent under it is kept, not counted.",
    ),
    **_codes(
        "fix and resend",
        agreement_unknown="An agreement id is unknown.",
        agreement_changed="The agreement has a newer version: read it, then sign that.",
        answer_invalid="The answer is not a JSON value of the allowed shape.",
        answered_twice="One question has two answers.",
        body_duplicate_key="A name occurs twice in one object.",
        body_invalid="The body is JSON but not what the operation asks for; `problems` lists each field.",
        body_not_finite="A number is NaN, infinite or beyond a 64-bit float.",
        body_not_json="The body is not one JSON value.",
        body_not_utf8="The body is not UTF-8.",
        body_nul="A string or name holds U+0000.",
        body_number_out_of_range="An integer is beyond 64 bits.",
        body_surrogate="A string holds half of a surrogate pair.",
        body_too_deep="The value is nested too deep.",
        body_too_large="The body has too many bytes: send less at once, or attachments by URI.",
        body_too_many_nodes="The body has too many values.",
        body_unexpected="The operation takes no body.",
        body_wrong_type="The body is not declared as application/json.",
        confidence_invalid="A confidence is outside 0..1.",
        correction_required="The verdict correct needs a correction.",
        correction_unexpected="Only the verdict correct takes a correction.",
        course_changed="The course has a newer version: read it, then answer that.",
        course_invalid="The course's questions or pass mark are outside their range.",
        course_unknown="A course id is unknown.",
        cursor_invalid="The cursor is not one that this list gave: start again without it.",
        decided_by_unknown="Who decided is not in the list.",
        exam_without_skill="A course that examines on gold needs a skill.",
        external_key_twice="One external key occurs twice in a request.",
        gold_unknown="A gold id is unknown.",
        guideline_changed="The guideline has a newer version: read it, then acknowledge that.",
        header_malformed="A header occurs twice or cannot be read.",
        idempotency_key_malformed="Idempotency-Key is not 1..255 visible ASCII characters.",
        idempotency_key_required="The operation needs an Idempotency-Key, so that a repeat does no harm.",
        idempotency_mismatch="The Idempotency-Key was used for another request.",
        key_disclosed="The sampling key was known before its period.",
        key_malformed="The text is not an API key: it was cut or mistyped.",
        key_mismatch="The disclosed sampling key is not the one that was committed.",
        method_not_allowed="The path exists, the method does not.",
        plan_invalid="A field of the quality plan is outside its range.",
        plan_changed="The plan was changed meanwhile: read the project again, then decide.",
        precondition_malformed='If-Match is not one strong ETag, such as "3".',
        precondition_required="The operation needs If-Match with the ETag that was read.",
        principal_kind_unknown="Keys are for users and services.",
        query_invalid="The query has unknown, repeated or wrong parameters; `problems` lists each.",
        query_malformed="The query string cannot be read.",
        question_unknown="An answer belongs to no question of the course.",
        rate_invalid="A rate is outside 0..1.",
        reason_unknown="The reason is not in the list.",
        role_unknown="The role is not in the list.",
        slots_invalid="The number of slots is outside its range.",
        stage_unknown="The stage is not in the list.",
        stale="It was changed meanwhile: read it again, then decide.",
        too_many_answers="There are more answers than questions.",
        verdict_unknown="The verdict is not in the list.",
    ),
    **_codes(
        "ask a person",
        agreement_required="An agreement must be signed first.",
        at_capacity="As many leases are held as one person may hold.",
        claim_expired="The invitation is too old: ask for a new one.",
        claim_refused="The claim token is not that of an open invitation.",
        forbidden="The key may not do this.",
        guideline_required="The project's guideline must be acknowledged first.",
        internal_error="Our mistake: tell the operator the request id.",
        key_expired="The API key has expired.",
        key_revoked="The API key was revoked.",
        not_qualified="A role, an exam or a skill is missing.",
        not_active="The person may not work now; `found` says how they stand.",
        suspended="The person is suspended.",
        token_invalid="The token is not ours, has ended, or its key was revoked.",
        training_required="A course must be passed first.",
        unauthenticated="No API key, or one that is not known.",
    ),
    **_codes(
        "stop",
        already_worked="The person has worked on this item already.",
        annotator_exists="A person with this e-mail address exists; `annotator` says who.",
        claim_used="The invitation was claimed already.",
        decided_above="The item was decided at a higher level.",
        escalation_resolved="The escalation was resolved already.",
        exam_taken="An exam is taken once.",
        gold_exists="The item is gold already, with another truth or use.",
        item_has_work="The item is open work, so it cannot be gold.",
        no_open_slot="The task has no open slot.",
        no_such_path="The path is not in this API.",
        no_tasks="There is no work at this moment; `retry_after_s` says when to look again.",
        not_found="It does not exist, or you may not see it.",
        not_now="Its state does not allow this: read it again and decide anew.",
        not_sampled="The answer was not drawn for review.",
        own_work="Nobody reviews their own work.",
        period_open="A sampling period is open already.",
        verdict_given="The review has its verdict already.",
    ),
}
"""Code -> action and meaning. Also used as reasons of an empty pull."""
