"""Charts: the values that go in are the values that are drawn."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.charts import STATE_COLOURS, activity_figure, annotators_figure
from annotator.shell import STATIC
from db.views import AnnotatorProgress

COUNT = st.integers(0, 5000)
PERSON = st.builds(
    AnnotatorProgress,
    name=st.text(min_size=1, max_size=20),
    accepted=COUNT,
    rejected=COUNT,
    skipped=COUNT,
    complete=COUNT,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(PERSON, max_size=6, unique_by=lambda person: person.name))
def test_every_count_of_every_person_is_drawn(people: list[AnnotatorProgress]) -> None:
    figure = annotators_figure(people)
    busy = [p for p in people if p.accepted or p.rejected or p.skipped or p.complete]
    by_state = {bar.name: bar for bar in figure.data}
    assert set(by_state) == {"complete", "accepted", "rejected", "skipped"}
    for state, bar in by_state.items():
        assert sorted(bar.x) == sorted(getattr(person, state) for person in busy)
        assert bar.marker.color == STATE_COLOURS[state]
    totals = [sum(values) for values in zip(*(bar.x for bar in figure.data), strict=True)]
    assert totals == sorted(totals)  # plotly draws the last one on top


def test_a_name_is_text_and_not_markup() -> None:
    figure = annotators_figure([AnnotatorProgress("<a href='x'>Eve</a> & co", 1, 0, 0, 0)])
    assert figure.data[0].y == ("&lt;a href='x'&gt;Eve&lt;/a&gt; &amp; co",)


def test_days_are_drawn_where_they_are() -> None:
    days = [(date(2026, 11, 2), 5, 1), (date(2026, 11, 9), 7, 7)]
    decided, completed = activity_figure(days).data
    assert list(decided.x) == list(completed.x) == [day for day, _, _ in days]
    assert list(decided.y) == [5, 7]
    assert list(completed.y) == [1, 7]
    assert decided.offset + decided.width <= completed.offset  # beside, not over each other


def test_a_short_time_still_spans_two_weeks_and_a_long_one_all_of_it() -> None:
    last = date(2026, 11, 9)
    short = activity_figure([(last, 1, 0)])
    assert list(short.layout.xaxis.range) == ["2026-10-26 12:00", "2026-11-09 12:00"]
    first = last - timedelta(days=99)
    long = activity_figure([(first, 1, 0), (last, 1, 0)])
    assert long.layout.xaxis.range[0] == f"{first - timedelta(days=1)} 12:00"


def test_nothing_yet_is_no_error() -> None:
    assert list(activity_figure([]).data[0].x or []) == []
    assert list(annotators_figure([]).data[0].x or []) == []


def test_figures_have_no_ground_of_their_own() -> None:
    for figure in (activity_figure([]), annotators_figure([])):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_states_have_the_colours_of_the_stylesheet() -> None:
    sheet = (STATIC / "states.css").read_text(encoding="utf-8")
    for state, colour in STATE_COLOURS.items():
        assert f"--state-{state}: {colour};" in sheet


def test_who_only_looked_on_has_no_bar() -> None:
    figure = annotators_figure(
        [AnnotatorProgress("Ann", 1, 0, 0, 0), AnnotatorProgress("Bo", 0, 0, 0, 0)]
    )
    assert all(bar.y == ("Ann",) for bar in figure.data)
