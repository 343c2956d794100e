/**
 * Measures gonogo against its limits and prints a Markdown table, each limit as a sentence. Exits with 1 when a limit is passed, or
 * something is worse than in what it is compared with.
 *
 *   npm run bench                               all measures but the peers'
 *   npm run bench -- --peers                    the same work in bash, make, just, zx, ansible and parallel, where they are installed
 *   npm run bench -- --only journal             those whose name contains the word
 *   npm run -s bench -- --json >before.json     the same as one JSON array
 *   npm run bench -- --against before.json      counts that are others, and ratios that are out of their earlier spread, at the end
 *   npm run bench -- --table                    puts the rows into the README too
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measures } from './measures.ts';
import { changes, type Earlier, head, isWithin, plain, type Result, readEarlier, row, withRows } from './table.ts';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

const asked = read();
const offered = measures.filter(({ isPeer }) => (isPeer === true) === asked.peers);
const chosen = offered.filter(({ name }) => name.toLowerCase().includes(asked.only.toLowerCase()));
if (chosen.length === 0) {
  refuse(
    `--only ${asked.only}: no measure has this in its name; there are:\n${offered.map(({ name }) => `  ${name}`).join('\n')}`,
  );
}
if (!asked.json) console.log(head);
const results: Result[] = [];
for (const measure of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-bench-'));
  try {
    const result = { measure, reading: await measure.run(folder) };
    if (!isWithin(result)) process.exitCode = 1;
    results.push(result);
    if (!asked.json) console.log(row(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (asked.json) console.log(JSON.stringify(results.map(plain), null, 2));
if (asked.table) writeFileSync(readme, withRows(readFileSync(readme, 'utf8'), results, measures));
if (asked.earlier !== null) {
  const found = changes(results, asked.earlier);
  for (const { kind, text } of found) console.error(`${kind}: ${text}`);
  if (found.length === 0) console.error('nothing has changed');
  if (found.some(({ kind }) => kind === 'worse')) process.exitCode = 1;
}

interface Asked {
  readonly only: string;
  readonly json: boolean;
  readonly peers: boolean;
  readonly table: boolean;
  readonly earlier: Earlier | null;
}

function read(): Asked {
  const usage = 'usage: npm run bench -- [--peers] [--only WORD] [--json] [--against FILE] [--table]';
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      options: { only: { type: 'string' }, json: flag, peers: flag, table: flag, against: { type: 'string' } },
    });
    const { only = '', json, peers, table, against } = values;
    return { only, json, peers, table, earlier: against === undefined ? null : earlierIn(against) };
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function earlierIn(path: string): Earlier {
  try {
    return readEarlier(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`--against ${path}: this is not what --json printed`, { cause: error });
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
