"""The report that a CDS committee reads: rows of the ledger -> figures, with small counts kept back; pure."""
