"""Speaks CDS Hooks 2.0.1, ready for 3.0; knows no medicine."""
