/** How soon documents are checked and runs are listed, against reading the same bytes with the same libraries. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { ended, note, passed, started } from '../journal/drafts.ts';
import { longText, makeLongRun } from '../store/long-run.ts';
import { gonogo, inTurn, type Measure, program, timed } from './measure.ts';

const rounds = 5;
const steps = 10_000;
const runs = 5000;
const notes = 20;

/** Parses the YAML of a file with the library that gonogo reads it with. */
const parsing = `
const { parseDocument } = require(process.argv[2]);
parseDocument(require('node:fs').readFileSync(process.argv[3], 'utf8'));
`;

function overParsing(name: string, verb: 'check' | 'plan'): Measure {
  return {
    name,
    against: 'parsing its YAML with the same library',
    limit: 4,
    run: async (folder) => {
      const document = join(folder, 'long.yaml');
      const script = join(folder, 'parse.cjs');
      writeFileSync(document, longText(steps));
      writeFileSync(script, parsing);
      const yaml = createRequire(import.meta.url).resolve('yaml');
      const read = (): Promise<number> => timed(() => program([process.execPath, gonogo, verb, document]));
      const parse = (): Promise<number> => timed(() => program([process.execPath, script, yaml, document]));
      return inTurn(rounds, read, parse);
    },
  };
}

export const checkTime = overParsing('Checking a runbook of 10,000 steps', 'check');
export const planTime = overParsing('Planning a runbook of 10,000 steps', 'plan');

export const showTime: Measure = {
  name: 'Showing a run of 100,000 events',
  against: 'reading, parsing and hashing its journal in Node',
  limit: 4,
  run: async (folder) => {
    const state = join(folder, 'state');
    const script = join(folder, 'read.cjs');
    const run = await makeLongRun(state, { steps, pauses: 0, pauseCharacters: 10, notes: 100_000 - 3 * steps });
    writeFileSync(script, reading);
    const show = (): Promise<number> => timed(() => program([process.execPath, gonogo, 'show', run, '--state', state]));
    const read = (): Promise<number> => timed(() => program([process.execPath, script, join(state, 'runs')]));
    return inTurn(rounds, show, read);
  },
};

/** Reads every journal below a folder, parses its lines and hashes them. */
const reading = `
const fs = require('node:fs'), path = require('node:path'), { createHash } = require('node:crypto');
for (const run of fs.readdirSync(process.argv[2])) {
  for (const line of fs.readFileSync(path.join(process.argv[2], run, 'journal.jsonl'), 'utf8').split('\\n')) {
    if (line === '') continue;
    JSON.parse(line);
    createHash('sha256').update(line).digest('hex');
  }
}
`;

export const listTime: Measure = {
  name: 'Listing 5,000 runs that no index knows',
  against: 'reading, parsing and hashing their journals in Node',
  limit: 4,
  run: async (folder) => {
    const state = join(folder, 'state');
    const script = join(folder, 'read.cjs');
    writeRuns(join(state, 'runs'));
    writeFileSync(script, reading);
    const list = (): Promise<number> => {
      rmSync(join(state, 'index.json'), { force: true });
      return timed(() => program([process.execPath, gonogo, 'list', '--state', state]));
    };
    const read = (): Promise<number> => timed(() => program([process.execPath, script, join(state, 'runs')]));
    const result = await inTurn(rounds, list, read);
    const listed = JSON.parse(readFileSync(join(state, 'index.json'), 'utf8'));
    if (Object.keys(listed.runs).length !== runs) throw new Error('not every run was read');
    return result;
  },
};

/** Reads the index and looks at the journal of each run, which is what tells whether the index is still right. */
const looking = `
const fs = require('node:fs'), path = require('node:path');
const state = process.argv[2];
JSON.parse(fs.readFileSync(path.join(state, 'index.json'), 'utf8'));
for (const run of fs.readdirSync(path.join(state, 'runs'))) fs.statSync(path.join(state, 'runs', run, 'journal.jsonl'));
`;

export const listKnownTime: Measure = {
  name: 'Listing 5,000 runs that the index knows',
  against: 'reading the index and looking at each journal in Node',
  limit: 4,
  run: async (folder) => {
    const state = join(folder, 'state');
    const script = join(folder, 'look.cjs');
    writeRuns(join(state, 'runs'));
    writeFileSync(script, looking);
    const list = (): Promise<number> => timed(() => program([process.execPath, gonogo, 'list', '--state', state]));
    await list();
    const look = (): Promise<number> => timed(() => program([process.execPath, script, state]));
    return await inTurn(rounds, list, look);
  },
};

/** The journals of runs that ended, and nothing beside them: lists need no more. */
function writeRuns(folder: string): void {
  const told = [started(), ...passed(), ...Array.from({ length: notes }, (_, index) => note(`seen ${index}`)), ended()];
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  for (let number = 0; number < runs; number += 1) {
    const unique = [number >> 15, number >> 10, number >> 5, number].map((digit) => letters[digit & 31]).join('');
    const run = `20250101-0000-run-${unique}`;
    mkdirSync(join(folder, run), { recursive: true });
    writeFileSync(join(folder, run, 'journal.jsonl'), encodeAll(told, beginning(run), 0).bytes);
  }
}
