"""What the service costs, measured side by side with a floor."""
