/** Which variables a shell script wants from outside. Invariant: nothing is executed. */
import { assignmentsIn } from './shell-assignments.ts';
import { scanShell } from './shell-text.ts';

/** Names that every shell has, or sets by itself. */
export const known: ReadonlySet<string> = new Set(
  (
    'HOME PATH USER LOGNAME PWD OLDPWD SHELL TERM LANG LC_ALL TZ EDITOR VISUAL PAGER HOSTNAME HOSTTYPE OSTYPE MACHTYPE ' +
    'TMPDIR RANDOM UID EUID PPID IFS LINENO SECONDS BASH BASH_VERSION BASH_SOURCE BASHPID FUNCNAME PIPESTATUS OPTARG ' +
    'OPTIND REPLY DIRSTACK SHLVL COLUMNS LINES EPOCHSECONDS DISPLAY SSH_AUTH_SOCK SUDO_USER XDG_CONFIG_HOME KUBECONFIG'
  ).split(' '),
);

/** A name that a script has from outside. */
export interface Wanted {
  readonly name: string;
  /** True where the script has a value of its own for the case that there is none: `${X:-a}`. */
  readonly optional: boolean;
}

/** Names that `script` reads and does not set before, in order. A value made of the name itself reads it: `X="$X b"`. */
export function namesWanted(script: string): readonly Wanted[] {
  const { contexts } = scanShell(script);
  const set = new Map<string, { readonly start: number; readonly end: number }>();
  for (const { name, kind, start, end } of assignmentsIn(script)) {
    if (kind !== 'command' && !set.has(name)) set.set(name, { start, end });
  }
  const found = new Map<string, boolean>();
  for (const { index, 1: plain, 2: braced, 3: sign } of script.matchAll(
    /\$(?:([A-Za-z_]\w*)|\{[#!]?([A-Za-z_]\w*)(:?[+?=-])?)/g,
  )) {
    const name = plain ?? braced ?? '';
    const context = contexts[index];
    const read = context === 'bare' || context === 'double' || context === 'text';
    if (!read || known.has(name)) continue;
    const first = set.get(name);
    if (first !== undefined && (index < first.start || index >= first.end)) continue;
    found.set(name, (found.get(name) ?? true) && sign !== undefined && !sign.includes('?'));
  }
  return [...found].map(([name, optional]) => ({ name, optional }));
}
