"""The back end `transformers`: a language model in this process, held to a schema."""
