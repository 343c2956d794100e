/**
 * A command of gonogo on another machine: where that is, and what of this machine it needs there.
 *
 * Invariants:
 * - Documents go over there as they were read and checked here, with all that they include, laid out as here; to be rehearsed or run,
 *   with the drill file beside them, without which another rehearsal would be made and asked for there.
 * - Values of variables go as values, never the file in which they stand: it may hold what is nobody else's business.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { type Address, runThere, shellWord, sshFailed } from '../host/ssh.ts';
import type { Runbook } from '../runbook/document.ts';
import { drillPathOf } from '../runbook/drill-file.ts';
import { writeBundle } from '../signing/bundle.ts';
import { readBytes, readDocument } from './read-document.ts';

/** `state` null: the state folder that gonogo has there by itself. */
export interface Place extends Address {
  readonly state: string | null;
}

/** `ssh://[USER@]HOST[:PORT][/STATE]`; `/~/` begins in the home folder there. A text: what is wrong with it. */
export function readPlace(text: string): Place | string {
  const [, user, bracketed, plain, port, path] =
    /^ssh:\/\/(?:([^@/]*)@)?(?:\[([^\]/]*)\]|([^:/]*))(?::([^/]*))?(\/.*)?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return 'expected ssh://HOST or ssh://USER@HOST:PORT/STATE';
  if (!/^[A-Za-z0-9_:%][A-Za-z0-9_.:%-]*$/.test(host)) return `"${host}" is no name of a host`;
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user))
    return user.includes(':') ? 'a password does not belong here: ssh asks for it' : `"${user}" is no name of a user`;
  const number = port === undefined ? null : /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  if (number === 0 || (number ?? 1) > 65_535) return `"${port}" is no port`;
  const state = stateIn(path);
  if (state !== null && typeof state === 'object') return state.wrong;
  return { user: user ?? null, host, port: number, state };
}

function stateIn(path: string | undefined): string | null | { readonly wrong: string } {
  if (path === undefined || path === '/') return null;
  try {
    const decoded = decodeURIComponent(path);
    return decoded.includes('\0') ? { wrong: 'the state folder holds a NUL' } : decoded;
  } catch {
    return { wrong: `"${path}" is not percent-encoded as in an address` };
  }
}

/** A file for the other machine. `path`: relative, under the folder that is made there. */
export interface Sent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** `main`: the path of the document itself. */
export interface Documents {
  readonly runbook: Runbook;
  readonly files: readonly Sent[];
  readonly main: string;
}

/**
 * The document `file` with everything that it includes, and its own path among them; `drill`: with its drill file too, where there is
 * one. Throws `Refusal` as `check` does.
 */
export async function documentsToSend(file: string, { drill }: { readonly drill: boolean }): Promise<Documents> {
  const { runbook, pinned } = await readDocument(file);
  const paths = runbook.documents.map(({ path }) => resolve(path));
  const top = commonFolder(paths);
  const files = runbook.documents.flatMap(({ path, sha256 }) => {
    const bytes = pinned.find((one) => one.sha256 === sha256)?.bytes;
    return bytes === undefined ? [] : [{ path: relative(top, resolve(path)), bytes }];
  });
  const beside = drillPathOf(file);
  if (drill && existsSync(beside)) files.push({ path: relative(top, resolve(beside)), bytes: readBytes(beside) });
  return { runbook, files, main: relative(top, resolve(file)) };
}

function commonFolder(paths: readonly string[]): string {
  let top = dirname(paths[0] ?? '/');
  while (!paths.every((path) => path.startsWith(top === '/' ? '/' : `${top}/`))) top = dirname(top);
  return top;
}

/** What is there. `path`: where the shell there looks for programs; `folder`: what was sent; null: nothing was. */
export interface Found {
  readonly program: string;
  readonly version: string;
  readonly path: string;
  readonly folder: string | null;
}

/** `unreachable`: ssh came to no end there; `absent`: there is no gonogo; `refused`: what was sent could not be kept. */
export type Readiness =
  | { readonly kind: 'ready'; readonly found: Found }
  | { readonly kind: 'unreachable' | 'absent' | 'refused'; readonly why: string };

const mark = 'gonogo-is-here';

/**
 * Looks for gonogo there, as a login there would find it, and lays `files` in a folder of its own. The same files make the same folder,
 * which is made whole or not at all.
 */
export async function makeReady(
  place: Place,
  files: readonly Sent[],
  { asks }: { readonly asks: boolean },
): Promise<Readiness> {
  const said = await runThere(place, readyScript(digestOf(files), files.length > 0), archive(files), { asks });
  const line = said.output.split('\n').find((one) => one.startsWith(`${mark} `));
  const [, version, program, path, folder] = line?.split('\t') ?? [];
  if (said.exit === 0 && version !== undefined && program !== undefined && path !== undefined)
    return { kind: 'ready', found: { program, version, path, folder: folder === '' ? null : (folder ?? null) } };
  const why = lastLine(said.errors);
  if (said.exit === sshFailed) return { kind: 'unreachable', why };
  return { kind: said.exit === 127 ? 'absent' : 'refused', why };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

function digestOf(files: readonly Sent[]): string {
  const hash = createHash('sha256');
  for (const { path, bytes } of files) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}

function archive(files: readonly Sent[]): Readable {
  if (files.length === 0) return Readable.from([]);
  return Readable.from(
    writeBundle(
      files.map(({ path, bytes }) => ({
        path,
        bytes: bytes.length,
        content: () => Readable.from([Buffer.from(bytes)]),
      })),
    ),
  );
}

/** Exit 127: there is no gonogo. A program that a login finds and a plain command does not (nvm and the like) is looked for both ways. */
function readyScript(digest: string, sends: boolean): string {
  return `set -eu; umask 077
program=$(command -v gonogo) || {
  path=$("\${SHELL:-/bin/sh}" -lc 'printf "%s\\n" "$PATH"' 2>/dev/null </dev/null | tail -n 1) || :
  PATH=\${path:-$PATH}; program=$(command -v gonogo) || exit 127
}
version=$("$program" --version </dev/null)
folder=
${
  sends
    ? `sent=\${XDG_STATE_HOME:-$HOME/.local/state}/gonogo/sent
folder=$sent/${digest}
mkdir -p "$sent"
if [ -d "$folder" ]; then cat >/dev/null; else
  rm -rf "$folder.$$"; mkdir "$folder.$$"; tar -xf - -C "$folder.$$"
  # Where somebody else has sent the same meanwhile, theirs stays; a mv without -T may lay ours into it.
  mv -T "$folder.$$" "$folder" 2>/dev/null || {
    [ -d "$folder" ] || mv "$folder.$$" "$folder"
    rm -rf "$folder.$$" "$folder/${digest}.$$"
  }
fi`
    : ''
}
printf '%s\\t%s\\t%s\\t%s\\t%s\\n' '${mark} ' "$version" "$program" "$PATH" "$folder"`;
}

/** What runs gonogo there. `words`: as its shell reads them. `env`: what it is to know of this terminal. */
export function goScript(
  { program, path }: Found,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(env).map(([name, value]) => shellWord(`${name}=${value}`));
  return `PATH=${shellWord(path)}; export PATH; exec env ${[...given, shellWord(program), ...words].join(' ')}`;
}

/** The state folder as the shell there reads it. */
export function stateWord(state: string): string {
  return state.startsWith('/~/') ? `"$HOME"/${shellWord(state.slice(3))}` : shellWord(state);
}
