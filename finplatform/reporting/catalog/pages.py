"""All report pages, in the order of the start page."""

from finplatform.reporting.catalog import descriptive
from finplatform.reporting.page import Page

PAGES: tuple[Page, ...] = (descriptive.PAGE,)
