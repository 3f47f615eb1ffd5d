"""The one way out: every web address that somebody else chose is asked through here."""
