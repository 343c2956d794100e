/**
 * The drawn time line as inline SVG.
 *
 * Invariants: what a bar is shows in its shape (solid, hatched, crossed, striped back), not only in its colour; colours
 * come from the page's style sheet; the same drawing gives the same bytes.
 */
import { cut } from '../diagnostics/cut.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { escapeHtml } from './escape.ts';
import type { Bar, Drawing, Lane } from './model.ts';
import { byWeight, scaleOf, tookMs } from './scale.ts';
import { duration, utcClock } from './time.ts';

const labelWidth = 176;
const plotWidth = 590;
const statusWidth = 194;
const width = labelWidth + plotWidth + statusWidth;
const laneHeight = 26;
const axisHeight = 34;
const legendHeight = 40;
const barHeight = 14;
const pauseWidth = 30;
const tickGap = 76;

/** An `svg` element with a title and a description for readers that do not see it. */
export function timelineSvg(drawing: Drawing, title: string, description: string): string {
  const lanesHeight = drawing.lanes.length * laneHeight;
  const height = axisHeight + lanesHeight + legendHeight;
  const scale = scaleOf(drawing, plotWidth, pauseWidth);
  const x = (at: number) => labelWidth + scale(at);
  return [
    `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="drawing-title drawing-desc">`,
    `<title id="drawing-title">${escapeHtml(title)}</title>`,
    `<desc id="drawing-desc">${escapeHtml(description)}</desc>`,
    patterns,
    ...ticks(drawing, x, axisHeight + lanesHeight),
    ...drawing.pauses.map((pause) => pauseBand(pause, x, lanesHeight)),
    ...drawing.lanes.map((lane, index) => laneOf(lane, axisHeight + index * laneHeight, x)),
    ...(drawing.rollbackAt === null ? [] : [rollbackLine(x(drawing.rollbackAt), lanesHeight)]),
    legend(axisHeight + lanesHeight + 26),
    '</svg>',
  ].join('\n');
}

const patterns = [
  '<defs>',
  '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
  '<path class="hatch" d="M0 0V6"/></pattern>',
  '<pattern id="stripe" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">',
  '<path class="stripe" d="M0 0V8"/></pattern>',
  '</defs>',
].join('');

function laneOf(lane: Lane, top: number, x: (at: number) => number): string {
  const { label, status, bars } = lane;
  const middle = top + laneHeight / 2;
  return [
    `<path class="guide" d="M${labelWidth} ${middle}H${labelWidth + plotWidth}"/>`,
    `<text class="lane" x="${labelWidth - 12}" y="${middle + 4}" text-anchor="end">${label24(label)}</text>`,
    ...byWeight(bars).map((bar) => barOf(bar, middle, x)),
    `<text class="took tone-${status.tone}" x="${labelWidth + plotWidth + 12}" y="${middle + 4}">`,
    `${escapeHtml(`${status.word}, ${duration(tookMs(lane))}`)}</text>`,
  ].join('');
}

function label24(label: string): string {
  const shown = visibleLine(label);
  return escapeHtml(cut(shown, 24));
}

const widthMin = { step: 4, wait: 4, failure: 14, undo: 4 } as const;
const barWords = { step: 'ran', wait: 'waited for a person', failure: 'failed', undo: 'undo' } as const;

function barOf(bar: Bar, middle: number, x: (at: number) => number): string {
  const least = widthMin[bar.kind];
  const left = Math.min(x(bar.from), labelWidth + plotWidth - least);
  const wide = Math.max(least, x(bar.to) - left);
  const tip = `${barWords[bar.kind]}, ${utcClock(bar.from)} to ${utcClock(bar.to)}, ${duration(bar.to - bar.from)}`;
  return `<g><title>${escapeHtml(tip)}</title>${shapeOf(bar.kind, left, wide, middle)}</g>`;
}

/** Solid, hatched with an outline, solid with a cross, striped with an arrow back. */
function shapeOf(kind: Bar['kind'], left: number, wide: number, middle: number): string {
  const top = middle - barHeight / 2;
  const place = `x="${number(left)}" y="${number(top)}" width="${number(wide)}" height="${barHeight}" rx="3"`;
  switch (kind) {
    case 'step':
      return `<rect class="bar-step" ${place}/>`;
    case 'wait':
      return `<rect class="bar-wait" ${place}/><rect fill="url(#hatch)" ${place}/>`;
    case 'failure':
      return `<rect class="bar-failure" ${place}/>${cross(left + wide / 2, middle)}`;
    case 'undo':
      return `<rect class="bar-undo" ${place}/><rect fill="url(#stripe)" ${place}/>`;
  }
}

function cross(x: number, middle: number): string {
  const [left, right] = [number(x - 3.5), number(x + 3.5)];
  return `<path class="cross" d="M${left} ${middle - 3.5}L${right} ${middle + 3.5}M${left} ${middle + 3.5}L${right} ${middle - 3.5}"/>`;
}

function rollbackLine(x: number, lanesHeight: number): string {
  const anchor = x > labelWidth + plotWidth / 2 ? 'end' : 'start';
  const shift = anchor === 'end' ? -5 : 5;
  return [
    `<path class="rollback-line" d="M${number(x)} ${axisHeight - 6}V${axisHeight + lanesHeight}"/>`,
    `<text class="rollback-label" x="${number(x + shift)}" y="${axisHeight + lanesHeight - 3}" text-anchor="${anchor}">`,
    'rollback</text>',
  ].join('');
}

function pauseBand(pause: Drawing['pauses'][number], x: (at: number) => number, lanesHeight: number): string {
  const [left, right] = [x(pause.from), x(pause.to)];
  const [middle, centre] = [(left + right) / 2, axisHeight + lanesHeight / 2];
  const text = `paused ${duration(pause.to - pause.from)}`;
  const upright = `<text class="pause-label" transform="translate(${number(middle + 4)} ${number(centre)}) rotate(-90)" text-anchor="middle">${text}</text>`;
  return [
    `<g><title>${text}</title><rect class="pause" x="${number(left)}" y="${axisHeight}"`,
    ` width="${number(right - left)}" height="${lanesHeight}"/>`,
    lanesHeight >= 100 ? upright : '',
    '</g>',
  ].join('');
}

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/** Lines at round times of the clock, as many as have room; the first and the last time are always said. */
function ticks(drawing: Drawing, x: (at: number) => number, bottom: number): readonly string[] {
  const { from, to, pauses } = drawing;
  const pausedMs = pauses.reduce((sum, pause) => sum + pause.to - pause.from, 0);
  const room = Math.floor(plotWidth / tickGap);
  const seconds = tickSteps.find((step) => (to - from - pausedMs) / 1000 / step <= room) ?? 86_400;
  const stepMs = seconds * 1000;
  const found = [tick(from, x(from), bottom)];
  let last = x(from);
  const end = x(to);
  for (let at = Math.ceil((from + 1) / stepMs) * stepMs; at < to; at += stepMs) {
    const pause = pauses.find((one) => at > one.from && at < one.to);
    // A pause is drawn short: ticks inside it are jumped over, however long it was.
    if (pause !== undefined) at = Math.floor(pause.to / stepMs) * stepMs;
    else if (x(at) - last >= tickGap && end - x(at) >= tickGap) {
      found.push(tick(at, x(at), bottom));
      last = x(at);
    }
  }
  if (end - last >= tickGap) found.push(tick(to, end, bottom));
  return found;
}

function tick(at: number, x: number, bottom: number): string {
  return `<path class="tick" d="M${number(x)} ${axisHeight - 6}V${bottom}"/><text class="clock" x="${number(x)}" y="${axisHeight - 12}" text-anchor="middle">${utcClock(at)}</text>`;
}

function legend(middle: number): string {
  const kinds = ['step', 'wait', 'failure', 'undo'] as const;
  const words = { step: 'step', wait: 'waiting for a person', failure: 'failed', undo: 'undo' } as const;
  const widths = { step: 76, wait: 170, failure: 80, undo: 76 } as const;
  let left = labelWidth;
  const parts = kinds.map((kind) => {
    const at = left;
    left += widths[kind];
    return `${shapeOf(kind, at, 24, middle)}<text class="clock" x="${at + 30}" y="${middle + 4}">${words[kind]}</text>`;
  });
  return `<g aria-hidden="true">${parts.join('')}</g>`;
}

/** At most one digit after the point, so that rounding is the same everywhere. */
function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
