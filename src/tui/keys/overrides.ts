/**
 * Keys that an operator has chosen instead of ours.
 *
 * Invariants: what confirms, closes or edits keeps its key; no command gets Enter or Space; a key means one thing wherever both of
 * its commands could be meant.
 */
import { nearest } from '../../runbook/nearest.ts';
import type { Binding, Scope } from './binding.ts';
import { bindings } from './bindings.ts';

/** The bindings with the operator's keys, or why they cannot be taken. */
export type Rebound =
  | { readonly ok: true; readonly bindings: readonly Binding[] }
  | { readonly ok: false; readonly problem: string };

/** Scopes whose keys are heard together. */
const together: readonly (readonly Scope[])[] = [
  ['steps', 'detail', 'output', 'finished', 'run', 'always'],
  ['home', 'always'],
  ['reader', 'plan', 'always'],
];

/** Scopes in which text is typed, or something is confirmed: their keys stay. */
const fixed: ReadonlySet<Scope> = new Set(['form', 'menu', 'confirm', 'find', 'found', 'always']);

/** Control characters that terminals send for other keys: backspace, tab, enter. */
const printable = /^(?:[!-~]|ctrl-(?![hijm])[a-z])$/;

/** Commands whose keys mean something by themselves: what closes a page, and the digits of steps side by side. */
const kept: ReadonlySet<string> = new Set(['close', 'side-by-side']);

/** Our bindings with `chosen` (command → key) instead of their own keys. */
export function reboundKeys(chosen: Readonly<Record<string, string>>): Rebound {
  const free = bindings.filter(({ scope, command }) => !fixed.has(scope) && !kept.has(command));
  const names = [...new Set<string>(free.map(({ command }) => command))].sort();
  for (const [command, key] of Object.entries(chosen)) {
    if (!names.includes(command)) {
      const near = nearest(command, names);
      return refused(
        command,
        near === null ? `no such command; there are: ${names.join(', ')}` : `did you mean ${near}?`,
      );
    }
    if (!printable.test(key))
      return refused(command, `"${key}" is no key that can be chosen: one character, or ctrl-x`);
  }
  const rebound = bindings.map((one): Binding => {
    const key = fixed.has(one.scope) ? undefined : chosen[one.command];
    return key === undefined ? one : { ...one, keys: [key], keysShown: 1 };
  });
  for (const one of rebound) {
    const other = fixed.has(one.scope) || chosen[one.command] === undefined ? undefined : conflicting(rebound, one);
    if (other !== undefined)
      return refused(one.command, `"${one.keys[0]}" is the key of ${other.command}; choose another for one of them`);
  }
  return { ok: true, bindings: rebound };
}

function refused(command: string, why: string): Rebound {
  return { ok: false, problem: `keys.${command}: ${why}` };
}

function conflicting(all: readonly Binding[], one: Binding): Binding | undefined {
  const near = together.find((scopes) => scopes.includes(one.scope)) ?? [];
  const isOther = (other: Binding): boolean => near.includes(other.scope) && other.command !== one.command;
  return all.find((other) => isOther(other) && other.keys.some((key) => one.keys.includes(key)));
}
