/**
 * A document as one printable page with boxes to tick by hand, for the day when the network is down.
 *
 * Invariants: one file, no script, nothing fetched; every text is escaped. The Markdown of the author is drawn, tags in it stay text, and
 * a picture stays what was written, as it would be fetched.
 */
import { micromark } from 'micromark';
import { gfmTable, gfmTableHtml } from 'micromark-extension-gfm-table';
import { visible } from '../../diagnostics/sanitise.ts';
import { type Fact, labelOf } from './facts.ts';
import type { ReadDocument, ReadPart, ReadStep } from './outline.ts';

const style =
  'body{font:11pt/1.4 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}' +
  'h1{font-size:1.5rem}h2{font-size:1.15rem;border-bottom:1px solid #888;margin-top:2rem}' +
  'ol{padding-left:0;list-style:none}li{margin:.8rem 0;padding-left:2rem;position:relative;break-inside:avoid}' +
  '.box{position:absolute;left:0;top:.1rem;width:1rem;height:1rem;border:1.5px solid #111}' +
  'pre{background:#f3f3f3;padding:.4rem .6rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}' +
  '.text>*{margin:.2rem 0}.text p{white-space:pre-line}.text ul,.text ol{padding-left:1.5rem;list-style:revert}.text li{margin:0;padding:0}' +
  '.text table{border-collapse:collapse}.text th,.text td{border:1px solid #888;padding:.1rem .4rem}.facts{color:#333;font-size:.9em;margin:.2rem 0}' +
  '.sign{border-bottom:1px dotted #555;display:inline-block;min-width:9rem}@media print{body{margin:0;max-width:none}}';

/** The page. `file`: name of the document. */
export function htmlPage(document: ReadDocument, file: string): string {
  const { title, facts, variables, parts } = document;
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)}</title><style>${style}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    `<p class="facts">${escaped(file)} · by <span class="sign"></span> on <span class="sign"></span></p>`,
    ...facts.map(([label, text]) => `<p class="facts"><b>${escaped(label)}</b>: ${escaped(text)}</p>`),
    ...(variables.length === 0 ? [] : ['<h2>Variables</h2><ul>', ...variables.map(variable), '</ul>']),
    ...parts.map(part),
    '</body></html>\n',
  ].join('\n');
}

function variable([name, source]: readonly [string, string]): string {
  return `<li style="padding-left:0"><code>${escaped(name)}</code> = <span class="sign"></span> <span class="facts">${escaped(source)}</span></li>`;
}

function part({ title, intro, lines, steps }: ReadPart): string {
  return [
    `<h2>${escaped(title)}</h2>`,
    ...intro.map(drawn),
    ...lines.map(([label, text]) => (label === '' ? drawn(text) : `<p><b>${escaped(label)}</b>: ${escaped(text)}</p>`)),
    list(steps),
  ].join('\n');
}

function list(steps: readonly ReadStep[]): string {
  return steps.length === 0 ? '' : `<ol>\n${steps.map(step).join('\n')}\n</ol>`;
}

function step({ title, texts, commands, facts, parts }: ReadStep): string {
  return [
    `<li><span class="box" role="img" aria-label="to tick"></span><b>${escaped(title)}</b>`,
    ...texts.map(drawn),
    ...commands.flatMap((command) => [
      `<p class="facts">${escaped(command.label)}:</p><pre>${escaped(command.text)}</pre>`,
      ...command.facts.map((one) => fact(one, command.label)),
    ]),
    ...facts.map((one) => fact(one, null)),
    ...parts.map(({ label, steps }) => `<p class="facts"><i>${escaped(label)}</i></p>${list(steps)}`),
    '</li>',
  ].join('\n');
}

function fact([label, text]: Fact, of: string | null): string {
  return `<p class="facts">${escaped(labelOf(label, of))}: <code>${escaped(text)}</code></p>`;
}

/** Markdown as HTML. Without `allowDangerousHtml`, tags are escaped and only links to the web and to mail are kept. */
function drawn(text: string): string {
  const html = micromark(visible(text), {
    extensions: [gfmTable(), { disable: { null: ['labelStartImage', 'codeIndented'] } }],
    htmlExtensions: [gfmTableHtml()],
  });
  return `<div class="text">${html}</div>`;
}

function escaped(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
