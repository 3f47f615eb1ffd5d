"""Names of speakers, from how they are introduced."""
