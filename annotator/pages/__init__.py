"""The pages of the app, in the order of the navigation bar; the first is the start page."""

from annotator.page import Page
from annotator.pages import (
    account,
    adjudicate,
    agreement,
    check,
    explore,
    export,
    guidelines,
    imported,
    people,
    problems,
    progress,
    results,
    review,
    verify,
    writing_help,
)

PAGES: tuple[Page, ...] = (
    review.PAGE,
    verify.PAGE,
    adjudicate.PAGE,
    agreement.PAGE,
    problems.PAGE,
    progress.PAGE,
    explore.PAGE,
    check.PAGE,
    results.PAGE,
    export.PAGE,
    guidelines.PAGE,
    imported.PAGE,
    account.PAGE,
    people.PAGE,
    writing_help.PAGE,
)
