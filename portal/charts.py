"""Charts drawn on the server: SVG without style attributes, its marks links, always with a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import vl_convert

from models.rules.default_rate import TARGET_PCT, Rate

_INK = "#1c2733"
_GREY = "#c9d1d9"
_ACCENT = "#1f4e79"
_BAD = "#b3261e"
_KEPT = 32  # drawings of some 20 to 100 KB in each process; a guess: a definition, a language and a reach each have one
_ROW = 26  # pixels a bar
_LOADER_BASE = "https://vega.github.io/vega-datasets//"  # the converter puts it before an address on our own host


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG made here from our own figures; the chart library escapes the names in it."""

    svg: str

    def __html__(self) -> str:
        """Return the SVG for a template."""
        return self.svg


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its rate and where its borrowers are listed."""

    name: str
    rate: Rate
    url: str


def bullet(bars: Sequence[Bar], *, title: str, axis: str, target_label: str) -> Drawing:
    """Draw rates against the target line, one bar an area, worst first.

    Args:
        bars: areas with a measurable rate; others have no length and are left to the table.
        title: the finding, as a sentence.
        axis: what the axis counts.
        target_label: the words at the target's line.

    """
    return _drawn(tuple(bars), title, axis, target_label)


@lru_cache(maxsize=_KEPT)
def _drawn(bars: tuple[Bar, ...], title: str, axis: str, target_label: str) -> Drawing:
    """Draw, or return what was drawn of the same figures and words: they change with a list, drawing is dear."""
    rows = [
        {
            "name": bar.name,
            "percent": _percent(bar),
            "label": f"{bar.rate.shown} %",
            "side": "above" if bar.rate.exceeds() else "inside",
            "url": bar.url,
            "said": f"{bar.name} {bar.rate.shown} %",
        }
        for bar in bars
        if bar.rate.is_measurable
    ]
    measurable = [bar for bar in bars if bar.rate.is_measurable]
    order = [bar.name for bar in sorted(measurable, key=_percent, reverse=True)]
    top = max([2 * TARGET_PCT, *(1.15 * _percent(bar) for bar in measurable)])
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220, ticks=False, domain=False))
    )
    bar = base.mark_bar(height=12).encode(
        x=alt.X("percent:Q", title=axis, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=5, grid=False)),
        color=alt.Color("side:N", scale=alt.Scale(domain=["above", "inside"], range=[_BAD, _ACCENT]), legend=None),
        href="url:N",
        description="said:N",  # what a screen reader says of the link; else it is all fields with their names
    )
    label = base.mark_text(align="left", dx=4, color=_INK).encode(
        x="percent:Q", text="label:N", href="url:N", description="said:N"
    )
    line = alt.Chart(alt.InlineData(values=[{"x": TARGET_PCT, "label": target_label}]))
    rule = line.mark_rule(color=_INK, strokeDash=[4, 3]).encode(x="x:Q")
    words = line.mark_text(align="left", dx=4, baseline="bottom", color=_INK).encode(
        x="x:Q", y=alt.value(-4), text="label:N"
    )
    chart = (
        alt.layer(bar, label, rule, words)
        .properties(width=520, height=_ROW * max(1, len(rows)), title=alt.Title(title, anchor="start", offset=18))
        .configure(font="sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(labelColor=_INK, titleColor=_INK, domainColor=_GREY, tickColor=_GREY, labelFontSize=12)
    )
    return Drawing(vl_convert.vegalite_to_svg(chart.to_json()).replace(_LOADER_BASE, "/"))


def forget() -> None:
    """Forget what was drawn."""
    _drawn.cache_clear()


def _percent(bar: Bar) -> float:
    """Return the length of a bar: for drawing only, never for comparing."""
    return bar.rate.bad * 100 / bar.rate.all
