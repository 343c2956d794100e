/**
 * What the functions of a store in PostgreSQL do, in memory, and a line to them that loses, repeats and delays.
 *
 * Invariants: each statement is done whole, at one moment; what the functions say is what those of the server say (`test/shared`
 * asks both the same).
 */
import { hash } from 'node:crypto';
import type { Clock } from '../../src/host/host.ts';
import { type Ask, type Line, Lost, type Row } from '../../src/store/postgres/connection.ts';
import type { Dice } from './world.ts';

interface Kept {
  epoch: number;
  head: string;
  driver: { readonly token?: string } | null;
  readonly lines: Buffer[];
  readonly drivers: Map<number, unknown>;
  readonly messages: Map<string, string>;
}

export class SharedServer {
  readonly runs = new Map<string, Kept>();

  /** The rows of a statement, done now. */
  ask(text: string, values: readonly unknown[]): readonly Row[] {
    if (text.includes('as c(run, seq, sum)')) return this.#compared(values);
    const name = /select gonogo\.(\w+)\(/.exec(text)?.[1];
    const run = String(values[0]);
    const kept = this.runs.get(run);
    switch (name) {
      case 'make':
        return [{ said: this.#make(run, values) }];
      case 'append':
        return [{ said: kept === undefined ? 'refused gone' : append(kept, values) }];
      case 'take':
        return [{ epoch: kept === undefined ? null : take(kept, Number(values[1]), driverIn(values[2])) }];
      case 'release':
        if (kept !== undefined && kept.epoch === values[1]) kept.driver = null;
        return [];
      case 'send':
        if (!kept?.messages.has(String(values[1]))) kept?.messages.set(String(values[1]), String(values[2]));
        return [{ sent: kept !== undefined }];
      case 'settle':
        if (kept !== undefined && kept.epoch === values[1] && Array.isArray(values[2]))
          for (const id of values[2]) kept.messages.delete(String(id));
        return [];
      case 'wake':
        return [];
      case undefined:
        return kept === undefined ? [] : read(kept, text, values);
      default:
        throw new Error(`the simulated server knows no ${name}`);
    }
  }

  /** Of each copy, whether its last line is the run's. */
  #compared([runs, seqs, sums]: readonly unknown[]): readonly Row[] {
    if (!Array.isArray(runs) || !Array.isArray(seqs) || !Array.isArray(sums)) throw new Error('three lists are given');
    return runs.map((run, index) => {
      const kept = this.runs.get(String(run));
      const line = kept?.lines[Number(seqs[index]) - 1];
      const same = line === undefined ? null : hash('sha256', line) === sums[index];
      const facts = { seq: kept?.lines.length ?? null, head: kept?.head ?? null };
      return { run, there: kept !== undefined, pruned: false, same, ...facts };
    });
  }

  #make(run: string, [, driver, , lines]: readonly unknown[]): string {
    const there = this.runs.get(run);
    if (there !== undefined) return there.driver?.token === driverIn(driver).token ? 'already' : 'taken';
    const kept = linesIn(lines);
    const made = { epoch: 1, head: digestOf(kept), driver: driverIn(driver), lines: kept };
    this.runs.set(run, { ...made, drivers: new Map([[1, driver]]), messages: new Map() });
    return 'made';
  }
}

function append(kept: Kept, [, epoch, seq, prev, given]: readonly unknown[]): string {
  const lines = linesIn(given);
  if (kept.epoch !== epoch) return 'refused epoch';
  if (kept.lines.length === seq && kept.head === prev) {
    kept.lines.push(...lines);
    kept.head = digestOf(lines);
    return 'appended';
  }
  const there = kept.lines.slice(Number(seq), Number(seq) + lines.length);
  if (there.length === lines.length && there.every((one, index) => one.equals(lines[index] ?? Buffer.of())))
    return 'already';
  return kept.lines.length < Number(seq) ? 'refused behind' : 'refused head';
}

function take(kept: Kept, epoch: number, driver: { readonly token?: string }): number | null {
  if (kept.epoch === epoch) {
    kept.epoch = epoch + 1;
    kept.driver = driver;
    kept.drivers.set(epoch + 1, driver);
  }
  return kept.epoch === epoch + 1 && kept.driver?.token === driver.token ? kept.epoch : null;
}

function read(kept: Kept, text: string, values: readonly unknown[]): readonly Row[] {
  const { epoch, head, driver, lines, drivers, messages } = kept;
  if (text.includes('string_agg')) {
    const page = lines.slice(Number(values[1]), Number(values[1]) + Number(values[2]));
    const bytes = page.length === 0 ? null : Buffer.concat(page.flatMap((line) => [line, Buffer.of(10)]));
    const last = page.length === 0 ? null : Number(values[1]) + page.length;
    return [{ head: lines.length, last, lines: bytes }];
  }
  if (text.includes('from gonogo.lease')) return [{ driver: drivers.get(Number(values[1])) ?? null }];
  if (text.includes('from gonogo.message'))
    return [...messages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, body]) => ({ id, body }));
  if (text.includes('from gonogo.run')) return [{ epoch, head, seq: lines.length, driver, seen: null }];
  throw new Error(`the simulated server knows no: ${text}`);
}

function linesIn(value: unknown): Buffer[] {
  return Array.isArray(value) ? value.flatMap((one) => (Buffer.isBuffer(one) ? [one] : [])) : [];
}

function digestOf(lines: readonly Buffer[]): string {
  return hash('sha256', lines.at(-1) ?? '');
}

function driverIn(value: unknown): { readonly token?: string } {
  return typeof value === 'object' && value !== null ? value : {};
}

/** How often each thing befell a statement. */
export type Befallen = Map<'question lost' | 'answer lost' | 'late' | 'repeated' | 'answer late', number>;

/** A line that does to each statement what the dice say. Whoever it belongs to may have died: then nothing is heard. */
export class FaultyLine implements Line {
  readonly #server: SharedServer;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #befallen: Befallen;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(server: SharedServer, clock: Clock, dice: Dice, befallen: Befallen) {
    this.#server = server;
    this.#clock = clock;
    this.#dice = dice;
    this.#befallen = befallen;
  }

  query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.alone((ask) => ask(text, values));
  }

  alone<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => work((text, values = []) => this.#ask(text, values)));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async repeated(text: string, values: readonly unknown[], goesOn: (why: Lost) => boolean): Promise<readonly Row[]> {
    for (;;) {
      try {
        return await this.query(text, values);
      } catch (error) {
        if (!(error instanceof Lost) || !goesOn(error)) throw error;
      }
      await this.#clock.sleep(50);
    }
  }

  listen(): void {}

  async close(): Promise<void> {
    await this.#queue;
  }

  async #ask(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const dice = this.#dice;
    const there = 1 + dice.below(5);
    const back = 1 + dice.below(5);
    const lot = dice.next();
    if (lot < 0.1) return this.#lost('question lost', there + back);
    await this.#clock.sleep(there);
    if (lot < 0.16) {
      // It lies in a buffer of the network, and is done when whoever asked has long asked again.
      void this.#clock.sleep(dice.below(6000)).then(() => this.#server.ask(text, values));
      return this.#lost('late', back);
    }
    const rows = this.#server.ask(text, values);
    if (lot < 0.28) return this.#lost('answer lost', back);
    if (lot < 0.36) {
      this.#count('repeated');
      void this.#clock.sleep(dice.below(3000)).then(() => this.#server.ask(text, values));
    }
    if (lot > 0.92) this.#count('answer late');
    await this.#clock.sleep(lot > 0.92 ? dice.below(4000) : back);
    return rows;
  }

  async #lost(what: 'question lost' | 'answer lost' | 'late', afterMs: number): Promise<never> {
    this.#count(what);
    await this.#clock.sleep(afterMs);
    throw new Lost(what);
  }

  #count(what: Parameters<Befallen['set']>[0]): void {
    this.#befallen.set(what, (this.#befallen.get(what) ?? 0) + 1);
  }
}
