"""Templates of summaries: schema, prompt, example."""
