"""A FHIR server over invented patients, for clients that have none."""
