"""Where results lie: files that appear whole or not at all."""
