"""Settings of the property tests of risk."""

from hypothesis import settings

# A machine under load is no reason to fail: no test here is about time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
