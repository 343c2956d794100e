/**
 * The text of `config.yaml` → preferences. Loaded only where there is such a file, since nothing before the first frame may take long.
 */
import { parse } from 'yaml';
import * as z from 'zod';
import { nearest } from '../runbook/nearest.ts';

/**
 * `bell`: rings when a person is waited for after something ran. `title`: of the terminal. `progress` (OSC 9;4) undefined: where the
 * terminal is known for it. `keys`: command → key.
 */
export interface Preferences {
  readonly bell: boolean;
  readonly title: boolean;
  readonly progress?: boolean | undefined;
  readonly theme: '16' | 'dark' | 'light' | 'high-contrast';
  readonly keys: Readonly<Record<string, string>>;
}

const themes = ['16', 'dark', 'light', 'high-contrast'] as const;

const schema = z.strictObject({
  bell: z.boolean().default(true),
  title: z.boolean().default(true),
  progress: z.boolean().optional(),
  theme: z.union([z.literal(16).transform(() => '16' as const), z.enum(themes)]).default('16'),
  keys: z.record(z.string(), z.coerce.string()).default({}),
});

/** The preferences in `text`, or why they cannot be taken. */
export function parsePreferences(text: string): Preferences | string {
  const found = schema.safeParse(parse(text) ?? {});
  return found.success ? found.data : wordsOf(found.error.issues[0]);
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
