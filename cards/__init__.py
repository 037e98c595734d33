"""Pure: clinical facts and orders to a decision, a decision to cards."""
