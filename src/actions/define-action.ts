/**
 * Turns the definition of an action, typed by its own parameters, into an entry of the registry, which knows parameters
 * only as JSON.
 *
 * Invariant: the parameters pass the action's schema each time they cross that border, so a definition never sees any
 * other shape, whoever calls it.
 */

import * as z from 'zod';
import { cut } from '../diagnostics/cut.ts';
import type { ActionFlow, FieldType } from '../runbook/action-spec.ts';
import type { Effect, Json } from '../runbook/document.ts';
import type { Stopped } from '../target/target.ts';
import type { Action, ActionContext, Reading } from './action.ts';

export type Path = readonly (string | number)[];

/** What `perform` gets, with its parameters typed. */
export type Context<P> = Omit<ActionContext, 'params'> & { readonly params: P };

export interface ActionDefinition<P extends Json> {
  readonly name: string;
  readonly about: string;
  /** `leaf` when not given. */
  readonly flow?: ActionFlow;
  /** Reads the value in a document, and reads its own result again without changing it. */
  readonly params: z.ZodType<P>;
  readonly siblings?: readonly string[];
  readonly draft?: string;
  readonly effect: Effect | ((params: P) => Effect);
  readonly fields?: Readonly<Record<string, FieldType>>;
  readonly defaultExpect?: string;
  readonly foundWhen?: string;
  readonly captureField?: string;
  readonly onHosts?: true;
  readonly looksAtFiles?: true;
  readonly isScript?: (path: Path) => boolean;
  readonly allowsSecret?: (path: Path) => boolean;
  /** Any text; it is put on one line and shortened. */
  readonly summary: (params: P) => string;
  readonly perform?: (context: Context<P>) => Promise<Reading>;
  readonly recover?: (context: Context<P>) => Promise<Reading>;
  readonly stop?: (context: Context<P>) => Promise<Stopped>;
}

const summaryLengthMax = 200;

/** The registry entry for `definition`. Parameters that its schema refuses are our own bug there and throw. */
export function defineAction<P extends Json>(definition: ActionDefinition<P>): Action {
  const { name, about, perform, recover, stop } = definition;
  const read = (params: Json): P => definition.params.parse(params);
  const typed = (context: ActionContext): Context<P> => ({ ...context, params: read(context.params) });
  const effect = definition.effect;
  return {
    name,
    about,
    flow: definition.flow ?? 'leaf',
    params: definition.params,
    siblings: definition.siblings ?? [],
    draft: definition.draft ?? null,
    effect: (params) => (typeof effect === 'function' ? effect(read(params)) : effect),
    fields: definition.fields ?? {},
    defaultExpect: definition.defaultExpect ?? null,
    captureField: definition.captureField ?? null,
    isScript: (_params, path) => definition.isScript?.(path) ?? false,
    allowsSecret: (_params, path) => definition.allowsSecret?.(path) ?? false,
    summary: (params) => summaryLine(definition.summary(read(params))),
    ...(definition.foundWhen === undefined ? {} : { foundWhen: definition.foundWhen }),
    ...(definition.onHosts === undefined ? {} : { onHosts: definition.onHosts }),
    ...(definition.looksAtFiles === undefined ? {} : { looksAtFiles: definition.looksAtFiles }),
    ...(perform === undefined ? {} : { perform: (context: ActionContext) => perform(typed(context)) }),
    ...(recover === undefined ? {} : { recover: (context: ActionContext) => recover(typed(context)) }),
    ...(stop === undefined ? {} : { stop: (context: ActionContext) => stop(typed(context)) }),
  };
}

function summaryLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = (lines[0] ?? '').trim().replaceAll(/\s+/g, ' ');
  const whole = lines.length > 1 ? `${first} …` : first;
  return cut(whole, summaryLengthMax);
}

/**
 * A schema that also takes short forms: what one of `shorts` reads becomes, by `expand`, the long form. The forms stand side
 * by side in one union, so that a complaint is about the form that was meant.
 */
export function withShortForm<S, P extends Json>(
  shorts: readonly z.ZodType<S>[],
  expand: (value: S) => unknown,
  long: z.ZodType<P>,
): z.ZodType<P> {
  return z.union([...shorts.map((short) => short.transform(expand).pipe(long)), long]);
}
