"""Where training data comes from: files, addresses, corrections; and how it is taken away again."""
