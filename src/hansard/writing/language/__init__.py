"""Words, sentences, phrases and topics of any language."""
