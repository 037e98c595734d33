"""What an access token covers, by its scopes."""

from __future__ import annotations

import pytest

from cdshooks.smart import Cover, FhirAuthorization

SEARCH = "Observation?patient={{context.patientId}}&category=laboratory"
READ = "Medication/1"
SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"


@pytest.mark.requirement("F3")
@pytest.mark.parametrize(
    ("scope", "search", "read"),
    [
        ("", Cover.WHOLE, Cover.WHOLE),
        ("launch openid profile online_access", Cover.WHOLE, Cover.WHOLE),  # says nothing of data: the server decides
        ("patient/*.* user/*.* launch openid", Cover.WHOLE, Cover.WHOLE),  # the public sandbox
        ("patient/*.read", Cover.WHOLE, Cover.WHOLE),
        ("patient/Observation.read", Cover.WHOLE, Cover.NONE),
        ("user/Medication.read", Cover.NONE, Cover.WHOLE),
        ("system/Observation.rs", Cover.WHOLE, Cover.NONE),
        ("system/*.cruds", Cover.WHOLE, Cover.WHOLE),
        ("patient/*.r", Cover.NONE, Cover.WHOLE),
        ("patient/*.s", Cover.WHOLE, Cover.NONE),
        ("patient/*.write patient/*.cud", Cover.NONE, Cover.NONE),
        ("patient/Observation.search", Cover.WHOLE, Cover.NONE),  # not a word that SMART has: not held against it
        ("patient/Observation", Cover.WHOLE, Cover.NONE),
        (f"patient/Observation.rs?category={SYSTEM}|laboratory", Cover.WHOLE, Cover.NONE),
        ("patient/Observation.rs?category=laboratory", Cover.WHOLE, Cover.NONE),
        (f"patient/Observation.rs?category={SYSTEM}|vital-signs", Cover.PART, Cover.NONE),
        ("patient/Observation.rs?status=final", Cover.PART, Cover.NONE),
        ("patient/Observation.rs?status=final patient/Observation.rs", Cover.WHOLE, Cover.NONE),
    ],
)
def test_scopes_of_both_forms_are_understood(scope: str, search: Cover, read: Cover) -> None:
    """A search needs read (v1) or s (v2), a read needs read or r; what is not understood is tried."""
    authorization = FhirAuthorization(scope=scope)

    assert authorization.covers(SEARCH) is search
    assert authorization.covers(READ) is read


@pytest.mark.parametrize(
    ("token", "usable"),
    [("", True), ("abc.DEF-1_2~3+4/5==", True), ("a b", False), ("a\nb", False), ("ä", False), ("a" * 10_000, True)],
)
def test_only_what_can_stand_in_a_header_is_a_token(token: str, *, usable: bool) -> None:
    """RFC 6750 says what a bearer token is made of."""
    assert FhirAuthorization(access_token=token).usable is usable


@pytest.mark.requirement("F6")
def test_a_token_is_not_shown() -> None:
    """Neither it nor its scopes."""
    assert "s3cret" not in repr(FhirAuthorization(access_token="s3cret", scope="s3cret"))  # noqa: S106 - no secret
