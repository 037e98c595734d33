"""What a sandbox serves beside CDS Hooks."""
