/**
 * The style sheet of the HTML report. Every pair of text and ground has a contrast of at least 4.5 in both schemes; paper is
 * always light.
 */

const light = `
  color-scheme: light;
  --ground: #f6f7f9; --sheet: #ffffff; --ink: #1b2127; --soft: #56606b; --line: #dde2e8; --faint: #eef1f4;
  --link: #1c4f8a;
  --good: #0f6130; --good-ground: #e3f4e9; --bad: #9f1c2b; --bad-ground: #fde9eb;
  --warn: #744700; --warn-ground: #fdf1d9; --open: #1c4f8a; --open-ground: #e5effb;
  --quiet: #525c67; --quiet-ground: #eceff2; --bar: #2f6fb5;
`;

const dark = `
  color-scheme: dark;
  --ground: #0f1317; --sheet: #171c21; --ink: #e5e9ed; --soft: #a4aeb9; --line: #2d353d; --faint: #20262d;
  --link: #92c2ff;
  --good: #83dca0; --good-ground: #12301e; --bad: #ffa3ab; --bad-ground: #43181e;
  --warn: #f3c876; --warn-ground: #38290c; --open: #92c2ff; --open-ground: #152b4a;
  --quiet: #b3bcc6; --quiet-ground: #272e35; --bar: #5d9de3;
`;

/** The whole sheet. */
export const style = `:root {${light}}
@media screen and (prefers-color-scheme: dark) { :root {${dark}} }
* { box-sizing: border-box; }
html { scroll-behavior: auto; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif; }
.shapes { position: absolute; }
a { color: var(--link); }
a:focus-visible, .drawing:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
p code, dd code, li code { overflow-wrap: anywhere; }
.head, .columns, footer { max-width: 78rem; margin: 0 auto; padding: 0 2rem; }
.head { padding-top: 2.5rem; padding-bottom: 1.25rem; }
.kind { margin: 0; color: var(--soft); font-size: .875rem; font-weight: 600; letter-spacing: .02em; }
.environment { margin-left: .5rem; padding: .1rem .55rem; border: 1px solid currentColor; border-radius: .25rem; color: var(--ink); font-weight: 600; }
h1 { margin: .25rem 0 .75rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; line-height: 1.3; letter-spacing: -.01em; overflow-wrap: anywhere; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
.decision { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .9rem; margin: 0 0 1.5rem; }
.decision .status { font-size: 1.05rem; padding: .3rem .8rem .3rem .6rem; }
.outcome { font-size: 1.05rem; overflow-wrap: anywhere; }
.highlights { overflow: hidden; display: flex; flex-wrap: wrap; gap: 0; margin: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; }
.highlights div { flex: 1 1 9rem; padding: .7rem 1.1rem; border-left: 1px solid var(--line); margin-left: -1px; }
.highlights dt { color: var(--soft); font-size: .8125rem; }
.highlights dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); gap: 2rem; align-items: start; }
nav { position: sticky; top: 1.25rem; font-size: .9rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .3rem .6rem; border-radius: .35rem; color: var(--soft); text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--faint); color: var(--ink); text-decoration: underline; }
section { background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; padding: 1.5rem 1.75rem; margin-bottom: 1.25rem; scroll-margin-top: 1rem; }
section > :last-child { margin-bottom: 0; }
p { margin: 0 0 1rem; }
.status { white-space: nowrap; display: inline-flex; align-items: center; gap: .35rem; padding: .1rem .55rem .1rem .4rem; border-radius: 1rem; font-weight: 600; font-size: .875em; line-height: 1.45; }
.status svg { flex: none; width: 1em; height: 1em; fill: currentColor; stroke: var(--sheet); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
symbol circle, symbol rect, symbol .fill { stroke: none; }
symbol path:not(.fill) { fill: none; }
symbol .ring { fill: none; stroke: currentColor; }
symbol .line { stroke: currentColor; }
.tone-good { color: var(--good); background: var(--good-ground); }
.tone-bad { color: var(--bad); background: var(--bad-ground); }
.tone-warn { color: var(--warn); background: var(--warn-ground); }
.tone-open { color: var(--open); background: var(--open-ground); }
.tone-quiet { color: var(--quiet); background: var(--quiet-ground); }
.fixed { white-space: nowrap; }
.missing { color: var(--soft); font-style: italic; }
.facts { margin: 0 0 1.5rem; }
.facts div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 1rem; padding: .38rem 0; border-bottom: 1px solid var(--faint); }
.facts div:last-child { border-bottom: 0; }
.facts dt { color: var(--soft); overflow-wrap: anywhere; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.items { margin: 0 0 1.25rem; padding-left: 1.25rem; }
.items li { margin: .2rem 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1.5rem; font-size: .9rem; }
caption { text-align: left; padding: 0 0 .5rem; color: var(--soft); font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; font-variant-numeric: tabular-nums; }
th:last-child, td:last-child { padding-right: 0; }
h3 + table caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
thead th { color: var(--soft); font-weight: 600; font-size: .8125rem; padding-top: .2rem; white-space: nowrap; }
tbody th { font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th > div { min-width: 8rem; }
.commands { margin: 0 0 1.5rem; }
.commands figcaption { color: var(--soft); font-size: .875rem; padding-bottom: .5rem; }
pre { margin: 0; padding: .9rem 1.1rem; background: var(--faint); border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.6; tab-size: 2; }
.drawing { overflow-x: auto; margin: 0 0 1.5rem; }
.timeline { display: block; width: 100%; min-width: 46rem; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
.timeline text { fill: var(--ink); }
.timeline .clock { fill: var(--soft); font-size: 11px; }
.timeline .lane { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 11.5px; }
.timeline .took.tone-good { fill: var(--soft); }
.timeline .took.tone-bad { fill: var(--bad); font-weight: 600; }
.timeline .took.tone-warn { fill: var(--warn); font-weight: 600; }
.timeline .took.tone-open { fill: var(--open); font-weight: 600; }
.timeline .took.tone-quiet { fill: var(--soft); }
.timeline .guide, .timeline .tick { stroke: var(--line); stroke-width: 1; fill: none; }
.timeline .tick { stroke-dasharray: 2 3; }
.bar-step { fill: var(--bar); }
.bar-wait { fill: var(--sheet); stroke: var(--soft); stroke-width: 1; }
.hatch { stroke: var(--soft); stroke-width: 2; }
.bar-failure { fill: var(--bad); }
.cross { stroke: var(--sheet); stroke-width: 2.2; stroke-linecap: round; fill: none; }
.bar-undo { fill: var(--warn-ground); stroke: var(--warn); stroke-width: 1; }
.stripe { stroke: var(--warn); stroke-width: 5; }
.pause { fill: var(--quiet-ground); }
.pause-label { font-size: 11px; }
.rollback-line { stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 5 3; fill: none; }
.timeline .rollback-label { fill: var(--warn); font-weight: 600; font-size: 11px; }
footer { color: var(--soft); font-size: .875rem; padding-top: .5rem; padding-bottom: 2.5rem; }
@media screen and (max-width: 62rem) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
  nav { position: static; }
  nav ul { display: flex; flex-wrap: wrap; gap: .35rem; }
  nav a { border: 1px solid var(--line); background: var(--sheet); padding: .25rem .65rem; }
}
@media screen and (max-width: 44rem) {
  .head, .columns, footer { padding-left: 1rem; padding-right: 1rem; }
  .head { padding-top: 1.5rem; }
  h1 { font-size: 1.55rem; }
  section { padding: 1.15rem 1rem; }
  .highlights div { flex-basis: 45%; padding: .55rem .9rem; }
  .facts div { grid-template-columns: minmax(0, 1fr); gap: 0; padding: .5rem 0; }
  .facts dt { font-size: .8125rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody, tr, tbody th, td { display: block; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, td { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .75rem; padding: .18rem 0; border: 0; }
  tbody th::before, td::before { content: attr(data-label); color: var(--soft); font-size: .8125rem; line-height: 1.8; }
  tbody th > div { min-width: 0; }
}
@media print {
  @page { size: A4; margin: 15mm 14mm; }
  html { font-size: 12px; }
  body { background: none; font-size: 12px; }
  .head, .columns, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .head { padding-top: 0; }
  .columns { display: block; }
  nav { display: none; }
  section { border: 0; border-radius: 0; border-top: 1px solid var(--line); padding: 1.2rem 0 0; background: none; }
  h2, h3, caption, figcaption { break-after: avoid; }
  tr, .facts div, .highlights, .drawing, .status { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: .95em; }
  th, td { padding: .35rem .6rem .35rem 0; }
  .timeline { min-width: 0; }
  .drawing { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
