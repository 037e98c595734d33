"""One module per CDS service, found by looking in this folder; each has ``service(settings)``."""
