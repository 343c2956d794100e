/**
 * The text of `config.yaml` → preferences. Loaded only where there is such a file, since nothing before the first frame may take long.
 */
import { parse } from 'yaml';
import * as z from 'zod';
import { type MessageFormat, messageFormats } from '../actions/message.ts';
import { nearest } from '../runbook/nearest.ts';
import { durationMs } from '../runbook/scalar.ts';

/**
 * `bell`: rings when a person is waited for after something ran. `title`: of the terminal. `mouse`: it is heard. `progress` (OSC 9;4) undefined: where the
 * terminal is known for it. `keys`: command → key. `waiting`: who is told when a run waits long for a person.
 */
export interface Preferences {
  readonly bell: boolean;
  readonly title: boolean;
  readonly mouse: boolean;
  readonly progress?: boolean | undefined;
  readonly theme: '16' | 'dark' | 'light' | 'high-contrast';
  readonly keys: Readonly<Record<string, string>>;
  /** Where runs live, if nothing else says so. */
  readonly state?: string | undefined;
  readonly waiting?: WaitingWebhook | undefined;
}

/** `after`: ms. */
export interface WaitingWebhook {
  readonly webhook: string;
  readonly after: number;
  readonly format: MessageFormat;
}

const themes = ['16', 'dark', 'light', 'high-contrast'] as const;

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

const addressWords = 'an address that begins with https:// or http://';
const afterWords = 'a duration with its unit: 90s, 10m, 2h';

const waiting = z.strictObject({
  webhook: z.string(addressWords).refine(isHttp, addressWords),
  after: z.string(afterWords).transform((source, context) => {
    const ms = durationMs(source);
    if (ms !== null && ms > 0) return ms;
    context.addIssue({ code: 'custom', message: afterWords, input: source });
    return z.NEVER;
  }),
  format: z.enum(messageFormats).default('json'),
});

const schema = z.strictObject({
  bell: z.boolean().default(true),
  title: z.boolean().default(true),
  mouse: z.boolean().default(false),
  progress: z.boolean().optional(),
  theme: z.union([z.literal(16).transform(() => '16' as const), z.enum(themes)]).default('16'),
  keys: z.record(z.string(), z.coerce.string()).default({}),
  waiting: waiting.optional(),
  state: z.string().min(1).optional(),
});

/** The preferences in `text`, or why they cannot be taken. */
export function parsePreferences(text: string): Preferences | string {
  const found = schema.safeParse(parse(text, { logLevel: 'error' }) ?? {});
  if (found.success) return found.data;
  const { issues } = found.error;
  // A key that is misspelt says more than that the right one is not there.
  return wordsOf(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
}

const names = Object.keys(schema.shape);

function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  const at = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const allowed = at === 'waiting' ? Object.keys(waiting.shape) : names;
    const near = nearest(key, allowed);
    const name = at === '' ? key : `${at}.${key}`;
    return `unknown key ${name}; ${near === null ? `allowed: ${allowed.join(', ')}` : `did you mean ${near}?`}`;
  }
  if (at === 'theme') return `theme: allowed: ${themes.join(', ')}`;
  return at === ''
    ? `it must be keys with values: ${names.join(', ')}`
    : `${at}: ${issue?.message ?? 'it does not fit'}`;
}
