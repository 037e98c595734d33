"""FHIR R4 in, clinical facts out; proposed orders back to FHIR."""
