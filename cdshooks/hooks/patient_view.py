"""patient-view: a clinician has just opened a patient's record.

https://cds-hooks.hl7.org/hooks/patient-view/ : no service is listed for it; the SMART app asks in its words.
"""

from __future__ import annotations

from cdshooks.context import ENCOUNTER_ID, PATIENT_ID, USER_ID, Hook, HookContext

HOOK = Hook(
    name="patient-view",
    version="1.0",
    fields=(USER_ID, PATIENT_ID, ENCOUNTER_ID),
    context=HookContext,
)
