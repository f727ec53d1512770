"""The pages of the app, in the order of the navigation bar; the first is the start page."""

from annotator.page import Page
from annotator.pages import explore, export, progress, review

PAGES: tuple[Page, ...] = (review.PAGE, progress.PAGE, explore.PAGE, export.PAGE)
