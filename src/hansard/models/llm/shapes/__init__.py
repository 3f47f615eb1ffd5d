"""JSON Schemas: the part that is understood, and what is valid."""
