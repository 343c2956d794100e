/**
 * `gonogo --at ssh://HOST[/STATE] VERB …`: any verb on the gonogo of another machine.
 *
 * Invariants:
 * - A file that is named is one of this machine and goes over there with what belongs to it, unless `--there` names it; nothing else
 *   of this machine does, and no key.
 * - Nothing begins there before ssh has come there, gonogo was found and everything that was sent is whole.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { runbookOf } from '../app/drill-files.ts';
import {
  documentsToSend,
  type Found,
  goScript,
  makeReady,
  type Place,
  readPlace,
  type Sent,
  stateWord,
} from '../app/elsewhere.ts';
import { unreadable } from '../app/read-document.ts';
import { isStandardInput, readInput } from '../app/read-input.ts';
import { parseVarsFile, valuesFor } from '../app/variables.ts';
import { version } from '../app/version.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { readMachine } from '../host/machine.ts';
import { goThere, shellWord, sshFailed } from '../host/ssh.ts';
import type { Runbook } from '../runbook/document.ts';
import { nearest } from '../runbook/nearest.ts';
import { type Io, UsageError } from './command.ts';
import { parseVariableFlags } from './variable-flags.ts';

/** What these verbs read and write lies on this machine. */
const ownVerbs: ReadonlySet<string> = new Set([
  'completion',
  'export',
  'fmt',
  'import',
  'init',
  'key',
  'lsp',
  'record',
  'schema',
]);
const documentVerbs: ReadonlySet<string> = new Set(['audit', 'check', 'drill', 'plan', 'run']);
const sentOptions: ReadonlySet<string> = new Set(['--answers', '--allowed-signers', '--signature']);

/** Runs `words` over there. Resolves with the exit code of gonogo there; 2 when ssh does not come there, 3 when the connection ended. */
export async function at(address: string, words: readonly string[], program: Command, io: Io): Promise<number> {
  const place = readPlace(address);
  if (typeof place === 'string') throw new UsageError(`--at ${shownPlace(address)}: ${place}`);
  const tokens = tokensOf(words, program);
  assertPossible(tokens, place);
  const errand = await errandOf(tokens, program);
  const ready = await makeReady(place, errand.files, { asks: io.terminal }).catch(withoutSsh);
  if (ready.kind !== 'ready') throw new UsageError(notReady(place, ready));
  const { found } = ready;
  if (found.version !== version)
    io.stderr(`note: ${place.host} has gonogo ${visibleLine(found.version)}, this machine ${version}\n`);
  const script = goScript(found, farWords(place, errand.words, found), environmentOf(io));
  const code = await goThere(place, script, { terminal: io.terminal });
  if (code !== sshFailed) return code;
  io.stderr(
    `gonogo: the connection to ${place.host} has ended; what runs there goes on\n` +
      `hint: gonogo --at ${visibleLine(address)} list\n`,
  );
  return exitCodes.waits;
}

function withoutSsh(error: unknown): never {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'spawn ssh')) throw error;
  throw new UsageError(
    "ssh cannot be started here; nothing was begun\nhint: install OpenSSH's client, and have it on the PATH",
  );
}

/** Without a password, which somebody may have written into it. */
function shownPlace(address: string): string {
  return visibleLine(address.replace(/(:\/\/[^@/:]*):[^@/]*@/, '$1:…@'));
}

function notReady(
  { host }: Place,
  ready: { readonly kind: 'unreachable' | 'absent' | 'refused'; readonly why: string },
): string {
  const why = visibleLine(ready.why);
  const said = why === '' ? '' : `: ${why}`;
  switch (ready.kind) {
    case 'unreachable':
      return `${host} is not reached by ssh${said}; nothing was begun\nhint: ssh ${host} must work without a question first`;
    case 'absent':
      return `there is no gonogo on ${host}, neither for a command nor for a login; nothing was begun\nhint: npm install -g gonogo, there`;
    case 'refused':
      return `${host} is not ready${said}; nothing was begun`;
  }
}

/** A word of the command line. `argument`: which argument of its verb it is. */
type Token =
  | { readonly kind: 'verb'; readonly text: string }
  | { readonly kind: 'argument'; readonly argument: string; readonly text: string }
  | { readonly kind: 'option'; readonly flag: string; readonly value: string | null };

function tokensOf(words: readonly string[], program: Command): readonly Token[] {
  const tokens: Token[] = [];
  let command: Command | undefined;
  let places = 0;
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word.startsWith('-') && word !== '-') {
      const [flag = '', ...rest] = word.split('=');
      const options = [...(command?.options ?? []), ...program.options];
      const option = options.find(({ long, short }) => long === flag || short === flag);
      const takes = flag === '--there' || option?.required === true;
      const value = rest.length > 0 ? rest.join('=') : takes ? (left.shift() ?? '') : null;
      tokens.push({ kind: 'option', flag, value });
    } else if (command === undefined) {
      command = program.commands.find((one) => one.name() === word);
      tokens.push({ kind: 'verb', text: word });
      if (command === undefined) throw new UsageError(noVerb(word, program));
    } else {
      const known = command.registeredArguments[places];
      if (known?.variadic !== true) places += 1;
      tokens.push({ kind: 'argument', argument: known?.name() ?? '', text: word });
    }
  }
  return tokens;
}

function noVerb(word: string, program: Command): string {
  const near = nearest(
    word,
    program.commands.map((command) => command.name()),
  );
  return `there is no command "${visibleLine(word)}"; ${near === null ? 'gonogo --help shows all' : `did you mean ${near}?`}`;
}

function verbOf(tokens: readonly Token[]): string | null {
  const verb = tokens.find(({ kind }) => kind === 'verb');
  return verb?.kind === 'verb' ? verb.text : null;
}

function assertPossible(tokens: readonly Token[], { state }: Place): void {
  const verb = verbOf(tokens);
  if (verb !== null && ownVerbs.has(verb))
    throw new UsageError(`gonogo ${verb} works on what lies on this machine: leave --at out`);
  const has = (flag: string): boolean => tokens.some((one) => one.kind === 'option' && one.flag === flag);
  if (has('--key') || has('--sign'))
    throw new UsageError(
      'a key is not sent to another machine\nhint: approve with --print there, ssh-keygen -Y sign here, --signature FILE; sign a bundle where it is read',
    );
  if (has('--state') && state !== null)
    throw new UsageError('the state folder stands in --at already: leave --state out');
}

/** What goes over there. `words`: with `file` where the path of what was sent comes. */
interface Errand {
  readonly files: readonly Sent[];
  readonly words: readonly Word[];
}
type Word = { readonly kind: 'plain'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

async function errandOf(tokens: readonly Token[], program: Command): Promise<Errand> {
  const verb = verbOf(tokens);
  const files: Sent[] = [];
  const words: Word[] = [];
  let runbook: Runbook | null = null;
  const plain = (...texts: readonly string[]): void => {
    for (const text of texts) words.push({ kind: 'plain', text });
  };
  const send = (sent: Sent): void => {
    files.push(sent);
    words.push({ kind: 'file', path: sent.path });
  };
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'verb') plain(token.text);
    else if (
      token.kind === 'argument' &&
      documentVerbs.has(verb ?? '') &&
      /^(?:file|files|checklist)$/.test(token.argument)
    ) {
      const file = verb === 'drill' ? runbookOf(token.text) : token.text;
      const documents = await documentsToSend(file, { drill: verb === 'drill' || verb === 'run' });
      runbook ??= documents.runbook;
      files.push(...documents.files.map(({ path, bytes }) => ({ path: `${index}/${path}`, bytes })));
      words.push({ kind: 'file', path: `${index}/${documents.main}` });
    } else if (token.kind === 'argument' && verb === 'attach' && token.argument === 'file')
      send(fileOf(index, token.text));
    else if (token.kind === 'argument') plain(token.text);
    else if (token.flag === '--there') plain(token.value ?? '');
    else if (token.value !== null && sentOptions.has(token.flag) && !isStandardInput(token.value)) {
      plain(token.flag);
      send(fileOf(index, token.value));
    } else if (token.flag !== '--vars') plain(token.flag, ...(token.value === null ? [] : [token.value]));
  }
  for (const value of varsOf(tokens, runbook)) plain('--var', value);
  const command = program.commands.find((one) => one.name() === verb);
  const named = tokens.some((one) => one.kind === 'option' && one.flag === '--operator');
  // Several people may be one user over there; who acts is who sits here.
  if (!named && command?.options.some(({ long }) => long === '--operator') === true)
    plain('--operator', readMachine().user);
  return { files, words };
}

function fileOf(index: number, path: string): Sent {
  try {
    return { path: `${index}/${basename(path)}`, bytes: readFileSync(path) };
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

/** The values of `--vars` that the document has a use for, as `NAME=VALUE`; what `--var` gives counts more. */
function varsOf(tokens: readonly Token[], runbook: Runbook | null): readonly string[] {
  const options = tokens.filter((one) => one.kind === 'option');
  const path = options.find(({ flag }) => flag === '--vars')?.value;
  if (path === undefined || path === null) return [];
  if (runbook === null) throw new UsageError('--vars goes with a document of this machine; else give --var NAME=VALUE');
  const given = parseVariableFlags(
    options.flatMap(({ flag, value }) => (flag === '--var' && value !== null ? [value] : [])),
  );
  const { values } = valuesFor(runbook, parseVarsFile(path, readInput(path).text));
  return [...values].flatMap(([name, value]) => {
    if (runbook?.vars[name]?.secret === true)
      throw new UsageError(
        `variable ${name}: a secret is not sent; set its environment variable there, or give it when it is asked for`,
      );
    return given.has(name) ? [] : [`${name}=${value}`];
  });
}

function farWords({ state }: Place, words: readonly Word[], { folder }: Found): readonly string[] {
  const all = words.map((word) => shellWord(word.kind === 'plain' ? word.text : `${folder ?? ''}/${word.path}`));
  return state === null ? all : ['--state', stateWord(state), ...all];
}

/** What a program asks its environment about the terminal that ssh does not tell. */
function environmentOf({ env }: Io): Readonly<Record<string, string>> {
  const names = ['NO_COLOR', 'COLORTERM', 'LANG', 'LC_ALL'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
