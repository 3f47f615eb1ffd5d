"""What all tests share: nothing asserts a time, not even a property test's deadline."""

from hypothesis import settings

settings.register_profile("hansard", deadline=None)
settings.load_profile("hansard")
