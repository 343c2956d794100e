/**
 * A report as one HTML file: no script, nothing loaded, readable on a phone and on paper, in the dark and in the light.
 *
 * Invariants:
 * - All recorded text passes `escapeHtml`; ids and class names are words of ours.
 * - Headings are in order, every section has a name, every table a caption and scopes.
 * - A status is a shape, a word and a colour.
 */
import { visible } from '../diagnostics/sanitise.ts';
import type { Block, Inline, Section, TableBlock, Text } from './blocks.ts';
import { escapeHtml } from './escape.ts';
import type { ReportModel, Status, Tone } from './model.ts';
import { type Page, pageOf } from './page.ts';
import { style } from './style.ts';
import { timelineSvg } from './svg.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The whole file. The same model gives the same bytes. */
export function renderHtml(model: ReportModel): string {
  const page = pageOf(model);
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(`${page.title}: ${page.decision.word}`)}</title>`,
    `<style>\n${style}</style>`,
    '</head>',
    '<body>',
    shapes,
    head(page),
    '<div class="columns">',
    contents(page.sections),
    '<main>',
    ...page.sections.map(sectionHtml),
    '</main>',
    '</div>',
    `<footer><p>${textHtml(page.footer)}</p></footer>`,
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

/** One shape a tone, drawn once and used by every status. */
const shapes = [
  '<svg class="shapes" width="0" height="0" aria-hidden="true"><defs>',
  '<symbol id="good" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7"/><path d="M4.5 8.3 7 10.8 11.6 5.6"/></symbol>',
  '<symbol id="bad" viewBox="0 0 16 16"><path class="fill" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/></symbol>',
  '<symbol id="warn" viewBox="0 0 16 16"><path class="fill" d="M8 1.2 15.2 14.4H.8z"/><path d="M8 6v4M8 12v.6"/></symbol>',
  '<symbol id="quiet" viewBox="0 0 16 16"><rect x="1.5" y="1.5" width="13" height="13" rx="3"/><path d="M5 8h6"/></symbol>',
  '<symbol id="open" viewBox="0 0 16 16"><circle class="ring" cx="8" cy="8" r="6"/><path class="line" d="M8 4.6V8l2.4 1.6"/></symbol>',
  '</defs></svg>',
].join('\n');

function head(page: Page): string {
  const facts = page.highlights.map(
    ([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  const environment =
    page.environment === null ? '' : ` <span class="environment">${escapeHtml(page.environment)}</span>`;
  return [
    `<header class="head head-${page.decision.tone}">`,
    `<p class="kind">${escapeHtml(page.kind)}${environment}</p>`,
    `<h1>${escapeHtml(page.title)}</h1>`,
    `<p class="decision">${statusHtml(page.decision)} <span class="outcome">${escapeHtml(page.outcome)}</span></p>`,
    `<dl class="highlights">${facts.join('')}</dl>`,
    '</header>',
  ].join('\n');
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  return `<nav aria-label="Sections"><ul>${links.join('')}</ul></nav>`;
}

function sectionHtml({ id, title, blocks, parts }: Section): string {
  return [
    `<section id="${id}" aria-labelledby="${id}-title">`,
    `<h2 id="${id}-title">${escapeHtml(title)}</h2>`,
    ...blocks.map(blockHtml),
    ...parts.flatMap((part) => [`<h3>${escapeHtml(part.title)}</h3>`, ...part.blocks.map(blockHtml)]),
    '</section>',
  ].join('\n');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${textHtml(block.text)}</p>`;
    case 'facts': {
      const facts = block.facts.map(
        ([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${textHtml(value)}</dd></div>`,
      );
      return `<dl class="facts">\n${facts.join('\n')}\n</dl>`;
    }
    case 'list':
      return `<ul class="items">\n${block.items.map((item) => `<li>${textHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return tableHtml(block);
    case 'code':
      return `<figure class="commands"><figcaption>${escapeHtml(block.label)}</figcaption><pre><code>${escapeHtml(block.text)}</code></pre></figure>`;
    case 'drawing':
      return [
        `<div class="drawing" role="group" aria-label="${escapeHtml(block.title)}" tabindex="0">`,
        timelineSvg(block.drawing, block.title, block.description),
        '</div>',
      ].join('\n');
  }
}

/** Roles are said again because a phone stacks the cells, which takes a table's meaning away from some readers. */
function tableHtml({ caption, columns, rows }: TableBlock): string {
  const heads = columns.map((column) => `<th scope="col" role="columnheader">${escapeHtml(column)}</th>`);
  const lines = rows.map((cells) => {
    const found = cells.map((cell, index) => {
      const label = escapeHtml(columns[index] ?? '');
      return index === 0
        ? `<th scope="row" role="rowheader" data-label="${label}"><div>${textHtml(cell)}</div></th>`
        : `<td role="cell" data-label="${label}"><div>${textHtml(cell)}</div></td>`;
    });
    return `<tr role="row">${found.join('')}</tr>`;
  });
  return [
    '<table role="table">',
    `<caption>${escapeHtml(caption)}</caption>`,
    `<thead role="rowgroup"><tr role="row">${heads.join('')}</tr></thead>`,
    '<tbody role="rowgroup">',
    ...lines,
    '</tbody>',
    '</table>',
  ].join('\n');
}

function textHtml(text: Text): string {
  return text.map(inlineHtml).join('');
}

function inlineHtml(piece: Inline): string {
  if (typeof piece === 'string') return pieces(piece, longWord).replaceAll('\n', '<br>');
  switch (piece.kind) {
    case 'code':
      return `<code>${pieces(piece.text, digest.test(piece.text) ? digestGroup : longCode)}</code>`;
    case 'fixed':
      return `<span class="fixed">${escapeHtml(piece.text)}</span>`;
    case 'status':
      return statusHtml(piece.status);
    case 'missing':
      return '<span class="missing">not recorded</span>';
  }
}

const digest = /^[0-9a-f]{64}$/;
const digestGroup = /.{16}(?=.)/gu;
/** A path may break after a slash, any word after as many characters as a narrow column holds. */
const longCode = /[^\s/]{0,23}\/(?=\S)|[^\s/]{24}(?=[^\s/])/gu;
const longWord = /\S{24}(?=\S)/gu;

/** `text` escaped, with a place to break after every match of `group`, so that no word is wider than a column. */
function pieces(text: string, group: RegExp): string {
  let result = '';
  let at = 0;
  const shown = visible(text);
  for (const { 0: piece, index } of shown.matchAll(group)) {
    result += `${escapeHtml(shown.slice(at, index + piece.length))}<wbr>`;
    at = index + piece.length;
  }
  return result + escapeHtml(shown.slice(at));
}

function statusHtml({ tone, word }: Status): string {
  return `<span class="status ${toneClass[tone]}"><svg aria-hidden="true"><use href="#${tone}"/></svg>${escapeHtml(word)}</span>`;
}

const toneClass: Readonly<Record<Tone, string>> = {
  good: 'tone-good',
  bad: 'tone-bad',
  warn: 'tone-warn',
  quiet: 'tone-quiet',
  open: 'tone-open',
};
