"""One module for each FHIR resource type that is read; none knows another."""
