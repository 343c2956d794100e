/**
 * The home screen as prompts: what waits, what can be started, what is over, each by its number.
 *
 * Invariants: nothing printed is taken back; an empty line opens nothing; whatever ends the input quits.
 */
import type { Interface } from 'node:readline/promises';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import type { Session } from '../engine/session.ts';
import type { Home, PlainIo } from './home.ts';
import { lookAround, typedLines } from './plain-looking.ts';
import { changeRows } from './present/changes.ts';
import { aboutEntry, type HomeEntry, headingOf, homeEntries } from './present/home.ts';
import { summaryLines } from './present/outcome.ts';

const plainLook = { colour: false, unicode: false } as const;
/** Cells of a line before it is broken. */
const plainWidth = 100;

/** What was chosen: a session to be driven; null: to quit. */
export async function choosePlain(home: Home, io: PlainIo): Promise<Session | null> {
  const { lines, ended } = typedLines(io);
  try {
    return await new PlainHome(home, io, lines, ended).choose();
  } finally {
    lines.close();
  }
}

class PlainHome {
  readonly #home: Home;
  readonly #io: PlainIo;
  readonly #lines: Interface;
  /** Aborted when the input has ended. */
  readonly #ended: AbortSignal;

  constructor(home: Home, io: PlainIo, lines: Interface, ended: AbortSignal) {
    this.#home = home;
    this.#io = io;
    this.#lines = lines;
    this.#ended = ended;
  }

  async choose(): Promise<Session | null> {
    for (let filter = ''; ; ) {
      const [runs, runbooks] = await Promise.all([this.#home.runs(), this.#home.runbooks()]);
      const entries = homeEntries({ loading: false, opening: null, runs, runbooks }, filter);
      this.#list(entries, filter);
      const word = await this.#ask(`1-${entries.length} opens, /TEXT narrows the list, q quits: `);
      if (word === null || word === 'q') return null;
      if (word.startsWith('/')) {
        filter = word.slice(1).trim();
        continue;
      }
      const entry = /^\d+$/.test(word) ? entries[Number(word) - 1] : undefined;
      if (entry === undefined) {
        if (word !== '') this.#say(`"${visibleLine(word)}" is not one of 1-${entries.length}`);
        continue;
      }
      const session = await this.#open(entry).catch((error: unknown) => {
        this.#say(`error: ${visible(error instanceof Error ? error.message : String(error))}`);
        return null;
      });
      if (session !== null) return session;
    }
  }

  #list(entries: readonly HomeEntry[], filter: string): void {
    let section = '';
    entries.forEach((entry, index) => {
      const heading = headingOf(entry);
      if (heading !== section) this.#say(`\n${heading}`);
      section = heading;
      const [first = '', ...more] = aboutEntry(entry, this.#io.now(), this.#io.offsetMs(this.#io.now()));
      this.#say(`  ${index + 1} ${first}`);
      for (const line of more) this.#say(`      ${line}`);
    });
    if (entries.length === 0)
      this.#say(
        filter === '' ? 'There is nothing here yet; gonogo demo shows one at work.' : 'Nothing here holds that text.',
      );
  }

  async #open(entry: HomeEntry): Promise<Session | null> {
    if (entry.kind === 'start') {
      if (entry.file.problem !== null) throw new Error(entry.file.problem);
      return await this.#home.start(entry.file.path);
    }
    const { run, problem } = entry.run;
    if (problem !== null) throw new Error(problem);
    if (entry.kind === 'resume') return await this.#resume(run);
    const report = await this.#home.report(run);
    const state = await this.#home.read(run);
    for (const line of summaryLines(state, report, plainLook, this.#io.now())) this.#say(line);
    await lookAround(this.#io, {
      run: { state: () => state, activity: () => ({ kind: 'ended' }), now: () => this.#io.now() },
      io: this.#io,
      source: this.#home.evidence(run),
      home: this.#home,
      lines: this.#lines,
      leaves: 'back to the list',
      goesOn: false,
      signal: this.#ended,
    });
    return null;
  }

  /** Changed documents are shown whole before it is asked what is to become of them. */
  async #resume(run: string): Promise<Session | null> {
    const opened = await this.#home.open(run, { kind: 'ask' });
    if (opened.kind === 'opened') return opened.session;
    this.#say('Documents have changed since the run began:');
    for (const row of changeRows(opened.changes, plainLook, plainWidth)) this.#say(row.trimEnd());
    this.#say('  1 Go on with the text that the run began with');
    this.#say('  2 Adopt what changed, for the steps that have not passed');
    this.#say('  0 Back');
    const word = await this.#ask('0-2: ');
    if (word !== '1' && word !== '2') return null;
    const reason = word === '1' ? '' : await this.#ask('Reason (empty: back): ');
    if (reason === null || (word === '2' && reason === '')) return null;
    const again = await this.#home.open(run, word === '1' ? { kind: 'pinned' } : { kind: 'adopt', reason });
    return again.kind === 'opened' ? again.session : null;
  }

  /** A line; null: the input has ended. */
  async #ask(prompt: string): Promise<string | null> {
    const signal = this.#ended;
    if (signal.aborted) return null;
    return await this.#lines.question(prompt, { signal }).then(
      (text) => text.trim(),
      () => null,
    );
  }

  #say(line: string): void {
    this.#io.stdout.write(`${line}\n`);
  }
}
