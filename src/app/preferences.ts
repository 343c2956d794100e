/**
 * What an operator prefers of the screen, from `config.yaml` in their own config folder. Nothing of a run depends on it.
 *
 * Invariants: a file that is not there says nothing; of one that cannot be taken as a whole nothing is taken, and what is said
 * about it tells where and what is allowed.
 */
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { configFolder } from '../host/config-folder.ts';
import { HostError } from '../host/host.ts';
import { nearest } from '../runbook/nearest.ts';
import type { World } from './world.ts';

const themes = ['16', 'dark', 'light', 'high-contrast'] as const;

const schema = z.strictObject({
  bell: z.boolean().default(true),
  title: z.boolean().default(true),
  progress: z.boolean().optional(),
  theme: z.union([z.literal(16).transform(() => '16' as const), z.enum(themes)]).default('16'),
  keys: z.record(z.string(), z.coerce.string()).default({}),
});

/**
 * `bell`: rings when a person is waited for after something ran. `title`: of the terminal. `progress` (OSC 9;4) undefined: where the
 * terminal is known for it. `keys`: command → key.
 */
export type Preferences = Readonly<z.output<typeof schema>>;

/** The preferences with the path of their file, or why they cannot be taken, for a person. */
export type ReadPreferences =
  | { readonly ok: true; readonly path: string; readonly value: Preferences }
  | { readonly ok: false; readonly path: string; readonly problem: string };

/** Where nothing is preferred. */
export const noPreferences: Preferences = schema.parse({});

const bytesMax = 64 * 1024;

/** Reads them. A machine without a home folder has none. */
export async function readPreferences({ host }: Pick<World, 'host'>): Promise<ReadPreferences> {
  const folder = configFolder(host);
  if (folder === null) return { ok: true, path: '', value: noPreferences };
  const path = join(folder, 'config.yaml');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await host.files.read(path, { bytesMax }));
    const found = schema.safeParse(parse(text) ?? {});
    if (found.success) return { ok: true, path, value: found.data };
    return { ok: false, path, problem: `${path}: ${wordsOf(found.error.issues[0])}` };
  } catch (error) {
    if (error instanceof HostError && error.code === 'not-found') return { ok: true, path, value: noPreferences };
    return {
      ok: false,
      path,
      problem: `${path}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    };
  }
}

const names = Object.keys(schema.shape);

function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const near = nearest(key, names);
    return `unknown key ${key}; ${near === null ? `allowed: ${names.join(', ')}` : `did you mean ${near}?`}`;
  }
  const at = issue?.path.join('.') ?? '';
  if (at === 'theme') return `theme: allowed: ${themes.join(', ')}`;
  return at === ''
    ? `it must be keys with values: ${names.join(', ')}`
    : `${at}: ${issue?.message ?? 'it does not fit'}`;
}
