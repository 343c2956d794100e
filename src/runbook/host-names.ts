/**
 * Names of hosts, as they stand in the operator's ssh_config.
 *
 * Invariant: what passes here is one word that no program takes for an option, a path or a second argument. Names come from files and
 * from what commands print, so nothing else is handed to a program as a host.
 */
import { cut } from '../diagnostics/cut.ts';

/** Hosts on which one step may happen. */
export const hostsMax = 1000;

/** What `on` says where a step happens on this machine. */
export const HERE = 'here';

const lengthMax = 255;
const pattern = /^[A-Za-z0-9_][A-Za-z0-9_.:@%+-]*$/;
const groupPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Why `name` can be no host, in words that follow the name; null: it can. */
export function hostProblem(name: string): string | null {
  if (name === '') return 'is empty';
  if (name.startsWith('-')) return 'begins with a dash, so ssh would take it for an option';
  if (/\s/.test(name)) return 'has a space in it';
  if (name.length > lengthMax) return `is longer than ${lengthMax} characters`;
  if (name === HERE) return 'means this machine, which is in no group of hosts';
  return pattern.test(name) ? null : 'has a character that is in no name of a host';
}

/** Why `name` can be no group of hosts; null: it can. */
export function groupProblem(name: string): string | null {
  if (name === HERE) return 'means this machine';
  return groupPattern.test(name) ? null : 'has letters, digits, and - _ . after the first of them';
}

/** `name` in quotes, short enough for a line. */
export function quotedHost(name: string): string {
  return JSON.stringify(cut(name, 61));
}
