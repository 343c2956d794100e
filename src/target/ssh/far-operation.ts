/**
 * What is asked of the far end for one attempt, as text for its shell; see `far-text.ts`.
 *
 * Invariants: everything that comes from a document is one quoted word. Secrets and the environment are in the text, which goes by
 * standard input, and nowhere in the words of a program, but for what a document itself puts among the words of a command.
 */
import { supervisorArguments } from '../local/supervisor.ts';
import type { AttemptRef, CommandSpec } from '../target.ts';
import type { SettledAttempt, SettledStream } from '../targets.ts';
import { recordText, terminalText } from './far-hand.ts';
import { formsText, maskText } from './far-mask.ts';
import { quoted } from './far-tools.ts';

/** Stands for the home folder there, in absolute paths. */
export const home = '/~';

/** A path for the shell there. */
export function farPath(path: string): string {
  if (path === home) return '"$HOME"';
  return path.startsWith(`${home}/`) ? `"$HOME"/${quoted(path.slice(home.length + 1))}` : quoted(path);
}

/** Where a run has its folders there. `state` null: where gonogo has its state there by itself. */
export interface FarPlace {
  readonly state: string | null;
  readonly run: string;
}

/** Between TERM and KILL when the time of a command is up. */
export const timeoutGraceMs = 10_000;

/** What every operation on an attempt is told. `nonce`: who asks. `off`, `eoff`: how much of its output is here. */
export interface Asking {
  readonly attempt: AttemptRef;
  readonly nonce: string;
  readonly off: number;
  readonly eoff: number;
  readonly split: boolean;
}

/** The shell variables of every operation, as `far-text.ts` names them. */
const unset = [
  ...['check', 'cwd', 'script', 'split', 'program', 'exports', 'secrets', 'tether', 'filter', 'scope'],
  ...[
    'peek',
    'known',
    'become',
    'names',
    'quick',
    'nonce',
    'started',
    'id',
    'off',
    'eoff',
    'again',
    'settled',
    'terminal',
    'record',
  ],
];

function assignments(values: Readonly<Record<string, string>>): string {
  return [...unset.map((name) => `_g_${name}=`), ...Object.entries(values).map(([name, word]) => `_g_${name}=${word}`)]
    .join('\n')
    .concat('\n');
}

function told({ state, run }: FarPlace, { attempt, nonce, off, eoff, split }: Asking): Record<string, string> {
  return {
    state: state === null ? "''" : farPath(state),
    run: quoted(run),
    id: quoted(attempt.id),
    started: quoted(attempt.bootId),
    nonce: quoted(nonce),
    off: String(off),
    eoff: String(eoff),
    split: split ? 'split' : "''",
  };
}

/** What is asked of an attempt that may be there. `known`: it has certainly been there. */
export function askText(
  place: FarPlace,
  asking: Asking,
  what: 'wait' | 'glance' | 'runs' | { readonly stopWithinMs: number },
  known: boolean,
): string {
  const flags: Record<string, string> = known ? { known: '1' } : {};
  if (what === 'runs') Object.assign(flags, { peek: '1', quick: '1' });
  if (typeof what === 'object') Object.assign(flags, { quick: '1', names: '1' });
  const words =
    what === 'wait'
      ? '_g_wait'
      : typeof what === 'object'
        ? `_g_stop ${Math.ceil(what.stopWithinMs / 1000)}`
        : '_g_glance';
  return `${assignments({ ...told(place, asking), ...flags })}_g_do ${words}\n`;
}

/** Who is there now. */
export const factsText = '_g_facts\n_g_say Z\n';

/** The same, and whether it has what the attempt protocol takes. */
export function checkText({ state, run }: FarPlace): string {
  const values = { state: state === null ? "''" : farPath(state), run: quoted(run) };
  return `${assignments(values)}_g_do _g_check_host\n`;
}

/** What a host must have beside what the protocol takes: programs on PATH, accounts that `sudo -n` leads to. */
export interface Needs {
  readonly programs: readonly string[];
  readonly accounts: readonly string[];
}

/** `checkText`, and whether the host has what is needed. */
export function inspectText({ state, run }: FarPlace, { programs, accounts }: Needs): string {
  const values = {
    state: state === null ? "''" : farPath(state),
    run: quoted(run),
    programs: quoted(programs.filter((name) => /^[^\s*?[]+$/.test(name)).join(' ')),
    accounts: quoted(accounts.filter(isAccount).join(' ')),
  };
  return `${assignments(values)}_g_do _g_inspect\n`;
}

/** What takes the folders of a run away. */
export function cleanText({ state, run }: FarPlace): string {
  const values = { state: state === null ? "''" : farPath(state), run: quoted(run) };
  return `${assignments(values)}_g_do _g_clean\n`;
}

/** What takes away what is settled of a run there. */
export function clearText({ state, run }: FarPlace, settled: readonly SettledAttempt[]): string {
  const words = (stream: SettledStream | null): string =>
    stream === null || stream.bytes === 0 ? '0 -' : `${stream.bytes} ${stream.sha256}`;
  const lines = settled.map(({ id, output, errors }) => `${id} ${words(output)} ${words(errors)}`);
  const values = {
    state: state === null ? "''" : farPath(state),
    run: quoted(run),
    settled: quoted(lines.join('\n')),
  };
  return `${assignments(values)}_g_do _g_clear\n`;
}

/** Stands for the file of the masking filter. */
const maskProgram = 'mask';

/** `check`: the state folder was not looked at yet. `again`: the same was asked before, and may still be on its way. */
interface BeginHow {
  readonly check: boolean;
  readonly again: boolean;
}

/** What begins the attempt. */
export function beginText(place: FarPlace, asking: Asking, spec: CommandSpec, { check, again }: BeginHow): string {
  const { command, cwd, tethered } = spec;
  const marker = `gonogo-end-${asking.nonce}`;
  const program =
    command.kind === 'script' ? command.shell[0] : spec.refusesAbsent === true ? command.argv[0] : undefined;
  const values = {
    ...told(place, asking),
    check: check ? '1' : "''",
    again: again ? '1' : "''",
    cwd: farPath(cwd),
    script: quoted(command.kind === 'script' ? command.text : `${command.argv.map(quoted).join(' ')}\n`),
    program: quoted(spec.become === undefined ? (program ?? '') : 'sudo'),
    exports: quoted(exportsText(spec)),
    tether: tethered === true ? '1' : "''",
    become: quoted(spec.become ?? ''),
    ...maskValues(spec, marker),
    ...terminalValues(spec, marker),
  };
  return `${assignments(values)}_g_command() { _g_exec ${[...toldWords(spec, marker), ...commandWords(spec)].join(' ')}; }\n_g_do _g_begin\n`;
}

function terminalValues(spec: CommandSpec, marker: string): Record<string, string> {
  if (!spec.tty) return {};
  const command = commandWords(spec).join(' ');
  const records = spec.secrets.length === 0;
  const text = terminalText({
    cwd: farPath(spec.cwd),
    exports: exportsText(spec),
    told: toldWords(spec, marker).join(' '),
    command,
    records,
  });
  return { terminal: quoted(text), ...(records ? { record: quoted(recordText(command)) } : {}) };
}

function maskValues({ secrets, splitStderr, tty }: CommandSpec, marker: string): Record<string, string> {
  if (secrets.length === 0 || tty) return {};
  return {
    secrets: quoted(formsText(secrets) ?? ''),
    filter: quoted(maskText(marker, splitStderr)),
  };
}

/** What the supervisor is told of the attempt, as words for the shell there; the command's come after. */
function toldWords(spec: CommandSpec, marker: string): readonly string[] {
  const [, , , ...words] = supervisorArguments({
    folder: '',
    bootId: '',
    pidNamespace: '',
    toolPath: '',
    platform: 'linux',
    timeoutMs: spec.timeoutMs,
    graceMs: timeoutGraceMs,
    scope: 'session',
    splitStderr: spec.splitStderr,
    tethered: spec.tethered === true,
    // Lines are what awk reads, so one ends the marker.
    filter:
      spec.secrets.length === 0 || spec.tty ? null : { node: '/bin/sh', program: maskProgram, marker: `${marker}\n` },
    group: null,
    umask: null,
    argv: [],
  });
  return [
    '"$_g_dir"',
    '"$_g_boot"',
    '"$_g_ns"',
    '"$_g_tools"',
    ...words.slice(4, -1).map((word) => (word === maskProgram ? '"$_g_dir/mask"' : quoted(word))),
    '"$_g_umask"',
  ];
}

function commandWords({ command, become, tty }: CommandSpec): readonly string[] {
  const words = command.kind === 'argv' ? command.argv.map(quoted) : [...command.shell.map(quoted), '"$_g_dir/script"'];
  if (become === undefined) return words;
  // Another account than root cannot read the script in our folder, so its shell is given the text.
  const given = command.kind === 'script' && become !== 'root';
  const inner = given ? [...command.shell.map(quoted), '-c'] : words;
  return ['/bin/sh', '-c', quoted(becomeText(given, tty)), 'gonogo-become', quoted(become), ...inner];
}

/**
 * Hands the environment of the step on to the other account through a pipe, since sudo clears it, and its words would be seen by all.
 * What is run keeps the streams of the attempt; its input is empty, or the terminal.
 */
function becomeText(given: boolean, tty: boolean): string {
  const input = tty ? '/dev/tty' : '/dev/null';
  return (
    'u=$1; shift; printf "%s\\n" "$GONOGO_EXPORTS" | ' +
    `exec sudo -n -u "$u" -- /bin/sh -c 'eval "$(cat)"; exec "$@" ${given ? '"$GONOGO_SCRIPT" ' : ''}<${input}' gonogo-become "$@"`
  );
}

/** What the command's environment is, as text that the shell there evaluates. */
function exportsText({ command, env, become }: CommandSpec): string {
  const set = Object.entries(env.set).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const lines = [...env.without.filter(isName).map((name) => `unset ${name}`), ...set];
  if (become !== undefined) {
    const script = command.kind === 'script' && become !== 'root' ? [`GONOGO_SCRIPT=${quoted(command.text)}`] : [];
    lines.push(`export GONOGO_EXPORTS=${quoted([...set, ...script].join('\n'))}`);
  }
  return lines.join('\n');
}

function isAccount(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name);
}

function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Names that a shell keeps for itself, or we for us. */
const kept = /^(?:_g_|_gonogo_|_GONOGO_|PPID$|UID$|EUID$|BASHOPTS$|SHELLOPTS$|IFS$)/;

/** Why the command cannot be begun on another machine as it stands; null: nothing says so. */
export function whyNot(spec: CommandSpec): string | null {
  const { command, env, secrets, become } = spec;
  if (formsText(secrets) === null) return 'its secrets are too large to be masked there';
  const words = command.kind === 'script' ? [command.text, ...command.shell] : command.argv;
  if ([...words, ...Object.values(env.set)].some((text) => text.includes('\0')))
    return 'its script, words or environment hold a NUL, which no shell takes';
  const name = Object.keys(env.set).find((one) => !isName(one) || kept.test(one));
  if (name !== undefined) return `a shell cannot set the environment variable ${JSON.stringify(name)}`;
  if (become !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(become))
    return `"${become}" is no name of an account`;
  return null;
}
