"""How the page looks: the system's fonts, two colours that print, light and dark as the reader's system has it."""

from __future__ import annotations

from typing import Final

STYLE: Final = """\
:root {
  --paper: #fdfdfb; --ink: #1c1f24; --soft: #565d68; --line: #dddfe3; --panel: #f4f4f0;
  --judge: #2a5a9c; --people: #a2501a; --ground: #f7e9dd; --warn: #fff4d6; --warn-line: #c99a1c;
  --ins: #14692f; --ins-ground: #e2f3e6; --del: #a3231b; --del-ground: #fbe6e3; --mark: #e6eefa;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --ink: #e5e7eb; --soft: #a0a8b4; --line: #31363f; --panel: #1d2025;
    --judge: #8fb6f0; --people: #e8a873; --ground: #3a2a1e; --warn: #33290f; --warn-line: #c99a1c;
    --ins: #8fd6a2; --ins-ground: #16301f; --del: #f2a39c; --del-ground: #391b19; --mark: #223250;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { color-scheme: light dark; background: var(--paper); -webkit-text-size-adjust: 100%; }
body {
  margin: 0; color: var(--ink); font: 16px/1.55 var(--sans); font-variant-numeric: tabular-nums;
  overflow-wrap: break-word;
}
a { color: var(--judge); text-underline-offset: .15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--judge); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
.defs { position: absolute; }
.sheet { max-width: 54rem; margin: 0 auto; padding: 0 1rem 4rem; }
header { padding: 3.5rem 0 1.5rem; }
.kicker {
  margin: 0; color: var(--soft); font-size: .8125rem; letter-spacing: .09em; text-transform: uppercase;
}
h1 { margin: .25rem 0 1.25rem; font-size: clamp(1.75rem, 5vw, 2.5rem); line-height: 1.15; font-weight: 650;
  letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 3.5rem 0 1rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.4rem;
  line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h3 { margin: 2.25rem 0 .75rem; font-size: 1.1rem; line-height: 1.3; font-weight: 650; }
h4, h5, h6 { margin: 0 0 .35rem; font-size: 1rem; line-height: 1.35; font-weight: 650; }
p, ul { margin: .75rem 0; max-width: 42rem; }
ul { padding-left: 1.2rem; }
li { margin: .35rem 0; }
dl, dd { margin: 0; }
dt { color: var(--soft); }
.head { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; }
.head dt { font-size: .8125rem; }
nav { font-size: .9375rem; padding: 1rem 1.25rem; background: var(--panel); border-radius: .5rem; }
nav p { margin: 0 0 .5rem; color: var(--soft); font-size: .8125rem; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav ol ol { padding-left: .9rem; font-size: .875rem; }
nav li { margin: .25rem 0; }
nav a { color: inherit; text-decoration: none; }
nav a:hover { text-decoration: underline; }
.facts { display: grid; grid-template-columns: minmax(7rem, 12rem) minmax(0, 1fr); gap: .35rem 1.25rem;
  margin: 1rem 0; max-width: 46rem; }
.facts dt, .facts dd { min-width: 0; overflow-wrap: anywhere; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1px;
  margin: 1.25rem 0; background: var(--line); border: 1px solid var(--line); border-radius: .5rem;
  overflow: hidden; }
.keys > div { background: var(--paper); padding: .8rem 1rem; }
.keys dt { font-size: .8125rem; line-height: 1.35; min-height: 2.2em; }
.keys .value { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 600; letter-spacing: -.01em; }
.keys .interval { font-size: .9375rem; }
.keys .about { color: var(--soft); font-size: .8125rem; }
.warning { padding: .6rem .9rem; background: var(--warn); border-left: 4px solid var(--warn-line); }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9063rem; line-height: 1.4; }
caption { text-align: left; color: var(--soft); padding: 0 0 .4rem; }
th, td { padding: .4rem .9rem .4rem 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; border-bottom-color: var(--soft); vertical-align: bottom; }
td { max-width: 26rem; }
th:last-child, td:last-child { padding-right: 0; }
.num { text-align: right; white-space: nowrap; }
th.num { white-space: normal; }
code, pre { font-family: var(--mono); }
code { font-size: .93em; overflow-wrap: anywhere; }
pre { font-size: .8438rem; line-height: 1.5; margin: .35rem 0 1rem; padding: .8rem 1rem; background: var(--panel);
  border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 34rem; overflow-y: auto; }
.label { margin: .75rem 0 .25rem; color: var(--soft); font-size: .8125rem; }
mark { color: inherit; background: var(--mark); border-bottom: 2px dotted var(--judge); }
mark::before { content: attr(data-field); margin-right: .4em; padding: 0 .35em; border-radius: .2em;
  background: var(--judge); color: var(--paper); font: 600 .6875rem/1.4 var(--sans); }
ins, del { display: inline-block; width: 100%; text-decoration: none; }
ins { color: var(--ins); background: var(--ins-ground); }
del { color: var(--del); background: var(--del-ground); }
.case { margin: 1rem 0; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: .5rem; }
.case h3, .case h4 { margin: 0 0 .25rem; font-size: 1rem; }
.case .label { margin: 0 0 .5rem; }
.case dl > div { margin-top: .5rem; }
.case dt { font-size: .8125rem; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9375rem; }
figure { margin: 1.25rem 0; max-width: 35rem; }
figcaption { color: var(--soft); font-size: .8125rem; margin-top: .25rem; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem 2.5rem; }
.plot { display: block; width: 100%; height: auto; font: 12.5px var(--sans); font-variant-numeric: tabular-nums; }
.plot text { fill: var(--ink); }
.plot text.faint { fill: var(--soft); font-size: 11.5px; }
.plot text.small { font-size: 11px; }
.grid, .track { stroke: var(--line); stroke-width: 1; }
.zero { stroke: var(--soft); stroke-width: 1; }
.span { stroke: var(--judge); stroke-width: 3; stroke-opacity: .55; stroke-linecap: round; }
circle.judge { fill: var(--judge); stroke: var(--paper); stroke-width: 1.5; }
path.people { fill: var(--paper); stroke: var(--people); stroke-width: 2; }
.constant { stroke: var(--ink); stroke-width: 2; }
.cell { fill: var(--judge); stroke: var(--line); stroke-width: 1; }
.same { stroke: var(--judge); stroke-width: 1.5; }
.bar { stroke-width: 1; }
.bar.judge { fill: var(--judge); stroke: var(--judge); }
.bar.people { fill: url(#hatch); stroke: var(--people); }
.hatch-ground { fill: var(--ground); }
.hatch-line { fill: var(--people); fill-opacity: .7; }
footer { margin-top: 3.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
@media (min-width: 44rem) {
  .case dl > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 1rem; align-items: baseline; }
}
@media (min-width: 75rem) {
  .sheet { display: grid; grid-template-columns: 14rem minmax(0, 54rem); column-gap: 4rem; max-width: 72rem;
    align-items: start; }
  header, main, footer { grid-column: 2; }
  nav { grid-column: 1; grid-row: 1 / span 3; position: sticky; top: 0; max-height: 100vh; overflow-y: auto;
    margin: 3.5rem 0 0; padding: 0 1rem 2rem 0; background: none; }
}
@media (max-width: 30rem) {
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: .5rem; }
  .keys { grid-template-columns: 1fr 1fr; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #f6f6f4; --judge: #1f4d8c; --people: #8a4212;
    --ground: #f7e9dd; --ins: #14692f; --ins-ground: #e2f3e6; --del: #a3231b; --del-ground: #fbe6e3; --mark: #e6eefa; }
  body { font-size: 10pt; }
  .sheet { max-width: none; padding: 0; display: block; }
  nav, .skip { display: none; }
  header { padding-top: 0; }
  h2, h3, h4, .label { break-after: avoid; }
  figure, tr, .keys { break-inside: avoid; }
  .wide { overflow: visible; }
  table { font-size: 8.5pt; }
  .num { white-space: normal; }
  pre { font-size: 8.5pt; max-height: none; overflow: visible; }
  .text { font-size: 9.5pt; }
  .case { break-inside: avoid; }
  .plot, .keys, mark, ins, del, .warning { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
