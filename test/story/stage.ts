/** What every story stands on: a state folder of its own, the built product in a terminal, hands at its keys. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Orders } from '../demo/orders.ts';
import { type Pty, startPty } from '../tui/pty.ts';

export const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

const lineSchema = z.object({ type: z.string(), data: z.looseObject({ step: z.string().optional() }) });

/** One story: what it starts ends with it. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'gonogo-story-'));
  readonly orders = new Orders(join(this.folder, 'demo'));
  readonly #open: Pty[] = [];

  /** gonogo with `words` on a terminal of this size. */
  gonogo(words: readonly string[], columns = 80, rows = 24, env = {}): Pty {
    const pty = startPty(gonogo, words, columns, rows, { GONOGO_STATE: this.folder, ...env }, this.folder);
    this.#open.push(pty);
    return pty;
  }

  /** Records of the newest run, in order: `step.started migrate`. */
  records(): readonly string[] {
    const path = globSync(join(this.folder, 'runs/*/journal.jsonl')).sort().at(-1);
    const lines = path === undefined ? [] : readFileSync(path, 'utf8').trim().split('\n');
    return lines.map((line) => {
      const { type, data } = lineSchema.parse(JSON.parse(line));
      return data.step === undefined ? type : `${type} ${data.step}`;
    });
  }

  /** Lines that the migrations of the demo's data wrote, one a migration. */
  migrations(): readonly string[] {
    return readFileSync(join(this.orders.folder, 'data/migrations.log'), 'utf8').trim().split('\n');
  }

  /** Text of the newest run's report. */
  report(): string {
    const path = globSync(join(this.folder, 'runs/*/report/report.md')).sort().at(-1);
    return path === undefined ? 'no report' : readFileSync(path, 'utf8');
  }

  /** Ends what still runs, and removes the folder. */
  async dispose(): Promise<void> {
    for (const pty of this.#open) pty.kill('SIGKILL');
    await Promise.all(this.#open.map(({ exited }) => exited));
    if (existsSync(this.orders.folder)) await this.orders.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Presses `keys` together (one key, or one escape sequence) and waits for what that brings. */
export async function press(pty: Pty, keys: string, shows: string): Promise<void> {
  await pty.type(keys);
  await pty.shows(shows);
}

/**
 * Types `text` at a person's pace, sends it with Enter once it stands before the caret, and waits for what that brings. A
 * machine that is busy hands keys over late: Enter that comes with the last character would count as pasted.
 */
export async function enter(pty: Pty, text: string, shows: string): Promise<void> {
  for (const character of text) await pty.type(character);
  if (text !== '') await pty.shows(`${text}▏`);
  await pty.type('\r');
  if ((await pty.showsOne(shows, together)) === together) await pty.type('\r');
  await pty.shows(shows);
}

/** Closes what holds `gone` with Esc, alone: with a key behind it, it would be another key. */
export async function close(pty: Pty, gone: string): Promise<void> {
  await pty.shows(gone);
  await pty.type('\x1b');
  await pty.hides(gone);
}

/** What a person does who reads this is what it asks for: to press the key again. */
const together = 'Keys came together';

/** Orders a step that changes something: `r`, then `y`. */
export async function change(pty: Pty, shows: string): Promise<void> {
  await press(pty, 'r', '> n No <');
  await press(pty, 'y', shows);
}

/** The demo's pre-deploy phase by keys, up to the dangerous step. `file`: what proves that the team was told. */
export async function walkToMigration(pty: Pty, file = ''): Promise<void> {
  await pty.shows('r runs healthy');
  for (const next of ['release_present', 'disk_space', 'rollback_point', 'count_orders', 'backup, after a y/n']) {
    await press(pty, 'r', `r runs ${next}`);
  }
  await change(pty, 'By hand, announce');
  await press(pty, '\r', 'Note (may stay empty)');
  await enter(pty, 'told them', '> File as evidence');
  await enter(pty, file, 'Approval, go');
  await press(pty, '\r', 'Name of who approves');
  await enter(pty, 'rita', 'r runs migrate, after the name of the target');
}

/** The dangerous step: its target's name is typed. */
export async function migrate(pty: Pty): Promise<void> {
  await press(pty, 'r', 'Type orders-local to run it');
  await enter(pty, 'orders-local', 'migrate is running');
  await pty.shows('8 of 30 orders');
}
