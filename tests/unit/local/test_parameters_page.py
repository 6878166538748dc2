"""docs/parameters.md is what the settings say."""

from local.parameters_page import PAGE, render


def test_parameters_page_is_written_from_the_settings():
    assert PAGE.read_text("utf-8") == render(), "The settings have changed: run `make docs`."
