/** Flags that leave parts of a document out of a run, and out of the plan of one. */
import type { Narrowing } from '../run/left-out.ts';
import { UsageError } from './command.ts';

export interface NarrowingFlags {
  /** Id of the step to begin at; what is before it is skipped. */
  readonly from?: string | undefined;
  /** Id of the only phase that is run. */
  readonly only?: string | undefined;
  /** Why, for `from` and `only`. */
  readonly reason?: string | undefined;
  /** `STEP=REASON`. */
  readonly skip?: readonly string[] | undefined;
}

/** What the flags leave out; undefined: nothing. Throws `UsageError` where one lacks its reason. */
export function narrowingOf({ from, only, reason, skip = [] }: NarrowingFlags): Narrowing | undefined {
  const partly = from !== undefined || only !== undefined;
  if (!partly && reason !== undefined) throw new UsageError('--reason goes with --from or --only; --skip has its own');
  if (partly && (reason ?? '').trim() === '')
    throw new UsageError(`--${from === undefined ? 'only' : 'from'}: say why the rest is left out, with --reason TEXT`);
  if (!partly && skip.length === 0) return undefined;
  const reasons = skip.map((text): [string, string] => {
    const at = text.indexOf('=');
    const [step, why] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()];
    if (step === '' || why === '') throw new UsageError(`--skip ${text}: write STEP=REASON`);
    return [step, why];
  });
  return { from, only, reason: (reason ?? '').trim(), skip: new Map(reasons) };
}
