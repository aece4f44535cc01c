"""Properties of the exposure classes."""

import numpy as np
import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass, class_codes


def test_classes_are_read_from_members_values_and_their_own_codes() -> None:
    members = list(ExposureClass)
    codes = class_codes(members)
    np.testing.assert_array_equal(codes, [member.code for member in members])
    np.testing.assert_array_equal(class_codes([member.value for member in members]), codes)
    np.testing.assert_array_equal(class_codes(np.array(members, dtype=object)), codes)
    np.testing.assert_array_equal(class_codes(codes), codes)


@pytest.mark.parametrize("name", ["corporate_sme", "retail", "Corporate", "mortgage", "", None])
def test_a_class_is_never_guessed_from_part_of_a_name(name: str | None) -> None:
    with pytest.raises(RiskInputError, match=f"Unknown exposure class: {name}"):
        class_codes(["corporate", name])


@pytest.mark.parametrize("code", [-1, len(ExposureClass)])
def test_a_code_outside_the_classes_is_refused(code: int) -> None:
    with pytest.raises(RiskInputError, match="Unknown exposure class"):
        class_codes(np.array([code], dtype=np.int8))
