/** The HTML report as a browser lays it out: no violation that axe can find, in light and dark, on a desk and on a phone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { normalRelease, pausedRelease, rolledBackRelease } from './transcripts.ts';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'gonogo-axe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The report with axe in it, which the report's own policy forbids, so that policy is taken out of the copy. */
function withAxe(html: string): string {
  const open = html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/i, '');
  expect(open).not.toBe(html);
  const run = `axe.run(document, {resultTypes: ['violations']}).then(({violations}) => {
    const found = violations.map(({id, nodes}) => id + ': ' + nodes.slice(0, 3).map(({html}) => html).join(' '));
    const out = document.createElement('script');
    out.type = 'application/json';
    out.id = 'axe-result';
    out.textContent = JSON.stringify(found).replaceAll('<', '\\\\u003c');
    document.body.append(out);
  });`;
  return open.replace('</body>', `<script>${axe}</script><script>${run}</script></body>`);
}

function violations(html: string, args: readonly string[]): unknown {
  const file = join(folder, `${Math.abs(html.length)}-${args.length}.html`);
  writeFileSync(file, withAxe(html));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`];
  const page = pathToFileURL(file).href;
  const dumped = spawnSync(browser ?? '', [...flags, ...args, '--virtual-time-budget=20000', '--dump-dom', page], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  const result = /<script type="application\/json" id="axe-result">([^<]*)<\/script>/.exec(dumped.stdout)?.[1];
  if (result === undefined) throw new Error(`the browser gave no result: ${dumped.stderr.slice(0, 500)}`);
  return JSON.parse(result);
}

const runs = { completed: normalRelease, 'rolled back': rolledBackRelease, paused: pausedRelease } as const;

describe.skipIf(browser === undefined)('axe in headless Chromium', () => {
  test.each(Object.entries(runs))(
    '%s: no violation, light and dark, wide and narrow',
    { timeout: 120_000 },
    (_name, run) => {
      const html = renderHtml(run().report());
      expect(violations(html, ['--window-size=1200,900'])).toEqual([]);
      expect(violations(html, ['--window-size=400,800', '--blink-settings=preferredColorScheme=0'])).toEqual([]);
    },
  );

  test('a picture without words would be found', { timeout: 60_000 }, () => {
    const html = renderHtml(normalRelease().report()).replace('<main', '<img src="data:,"><main');
    expect(violations(html, ['--window-size=1200,900'])).not.toEqual([]);
  });
});
