/**
 * What the stand-ins of real tools share. A stand-in keeps its state in one file and does as the tool does with the commands that a
 * shipped runbook calls; what the real tool would not take is refused, exit 64.
 *
 * Invariant: no command and no flag is known here that is not in the tool's table, which `command-lines.test.ts` holds against the
 * real tool wherever that is installed.
 */

/** A command by its words, such as `config get`: its flags by name, each with whether it takes a value. */
export interface CommandTable {
  readonly [words: string]: Readonly<Record<string, 'value' | 'list' | 'switch'>>;
}

export interface Called {
  readonly command: string;
  /** Values of the flags that were given; of a switch `true`. */
  readonly flags: ReadonlyMap<string, string>;
  /** What is no flag, and everything after `--`. */
  readonly rest: readonly string[];
}

/** What a command says and how it ends. */
export interface Said {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
}

/** What a stand-in does with a command: it may change `world`, which is kept when it has ended. */
export type Behaviour<World> = (world: World, called: Called) => Said;

export interface Tool<World> {
  readonly table: CommandTable;
  /** Of flags with one letter. */
  readonly short?: Readonly<Record<string, string>>;
  /** Flags that stand before the command, as of `docker compose`. */
  readonly leading?: Readonly<Record<string, 'value' | 'switch'>>;
  readonly commands: Readonly<Record<string, Behaviour<World>>>;
  /** Commands after whose first word nothing is a flag of theirs, as of `docker compose exec`. */
  readonly passes?: readonly string[];
}

/** A command line that the real tool would refuse. */
export class Refused extends Error {}

/** Reads `argv` by the table of `tool`. Throws `Refused`. */
export function parse({ table, short = {}, leading = {}, passes = [] }: Tool<never>, argv: readonly string[]): Called {
  const flags = new Map<string, string>();
  // `docker compose FLAGS COMMAND`: the flags of all its commands stand after its first word.
  const group =
    Object.keys(leading).length > 0 && argv[1]?.startsWith('-') && table[argv[0] ?? ''] === undefined ? 1 : 0;
  let at = group === 0 ? 0 : takeFlags(argv, group, leading, short, flags);
  const command = longest(table, [...argv.slice(0, group), ...argv.slice(at)]);
  const known = table[command];
  if (known === undefined) throw new Refused(`there is no command ${argv.slice(at, at + 2).join(' ')}`);
  at += (command === '' ? 0 : command.split(' ').length) - group;
  const rest: string[] = [];
  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (word === '--' || (passes.includes(command) && !word.startsWith('-'))) {
      rest.push(...argv.slice(word === '--' ? at + 1 : at));
      break;
    }
    const next = takeFlags(argv, at, known, short, flags);
    if (next === at) rest.push(word);
    at = next === at ? at + 1 : next;
  }
  return { command, flags, rest };
}

/** The place after the flags that stand at `at`. */
function takeFlags(
  argv: readonly string[],
  at: number,
  known: Readonly<Record<string, string>>,
  short: Readonly<Record<string, string>>,
  flags: Map<string, string>,
): number {
  let here = at;
  for (;;) {
    const word = argv[here] ?? '';
    if (!/^--?[a-zA-Z]/.test(word)) return here;
    const [given = '', joined] = split(word);
    const name = given.startsWith('--') ? given.slice(2) : (short[given.slice(1)] ?? given.slice(1));
    const kind = known[name];
    if (kind === undefined) throw new Refused(`unknown flag ${given}`);
    if (kind === 'switch') {
      if (joined !== undefined) throw new Refused(`${given} takes no value`);
      flags.set(name, 'true');
      here += 1;
      continue;
    }
    const taken = joined === undefined ? values(argv, here + 1, kind) : [joined];
    if (taken.length === 0) throw new Refused(`${given} needs a value`);
    flags.set(name, [flags.get(name), ...taken].filter((text) => text !== undefined).join('\n'));
    here += joined === undefined ? 1 + taken.length : 1;
  }
}

function split(word: string): readonly [string, string?] {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** The value of a flag, or of a list all words up to the next flag. */
function values(argv: readonly string[], from: number, kind: string): readonly string[] {
  if (kind === 'value') return argv.slice(from, from + 1);
  const end = argv.findIndex((word, at) => at >= from && word.startsWith('--'));
  return argv.slice(from, end === -1 ? argv.length : end);
}

/** The command that `words` begin with; of a tool that has no commands, the empty one. */
function longest(table: CommandTable, words: readonly string[]): string {
  const known = [3, 2, 1].map((length) => words.slice(0, length).join(' ')).find((name) => table[name] !== undefined);
  return known ?? (table[''] === undefined ? (words[0] ?? '') : '');
}

/** A flag that has to be there. Throws `Refused`. */
export function required({ flags, command }: Called, name: string): string {
  const value = flags.get(name);
  if (value === undefined) throw new Refused(`${command} needs --${name}`);
  return value;
}

/** `value` as `json` prints it. */
export function printed(value: unknown): Said {
  return { stdout: `${JSON.stringify(value, null, 2)}\n` };
}

/** A thing that must be there, as the real tool says that it is not. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Refused(`${what} is not there`);
  return value;
}
