"""Valid JSON out of a model that may not be held to a schema."""
