"""What tests of Hansard, and of plug-ins to it, may use: made-up checkpoints."""
