/** `gonogo store init|check|migrate`: the tables of runs that several people share. */

import { isShared, stateOf } from '../app/state-place.ts';
import { hidePassword, openHost } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, type StateOptions, UsageError } from './command.ts';

export interface StoreOptions extends StateOptions {
  /** Gets what a driver needs. */
  readonly role?: string | undefined;
  /** Bytes, or with K, M or G behind them. */
  readonly maxEvidence?: string | undefined;
}

/** Makes, looks at or brings up to date the tables at the address that `--state` or `GONOGO_STATE` names. */
export async function store(verb: string, { state, role, maxEvidence }: StoreOptions, io: Io): Promise<number> {
  if (verb !== 'init' && (role !== undefined || maxEvidence !== undefined))
    throw new UsageError(`--role and --max-evidence go with gonogo store init, not with ${visibleLine(verb)}`);
  hidePassword(state);
  const { host } = await openHost();
  const { named } = await stateOf(host, { state });
  if (!isShared(named))
    throw new UsageError(
      `runs in a folder (${visibleLine(named)}) need no tables; name a database: --state postgres://…`,
    );
  const setUp = await import('../store/postgres/setup.ts');
  const making = { role, maxEvidence: maxEvidence === undefined ? undefined : bytesOf(maxEvidence) };
  const made =
    verb === 'init'
      ? await setUp.init(host, named, making)
      : verb === 'check'
        ? await setUp.check(host, named)
        : verb === 'migrate'
          ? await setUp.migrate(host, named)
          : null;
  if (made === null)
    throw new UsageError(`there is no store ${visibleLine(verb)}; the verbs are: init, check, migrate`);
  for (const line of made.lines) io.stdout(`${visibleLine(line)}\n`);
  return made.ok ? exitCodes.done : exitCodes.failed;
}

const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)([KMG]?)$/.exec(text) ?? [];
  const bytes = Number(number) * (units[unit] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`--max-evidence ${visibleLine(text)}: a number of bytes, or one with K, M or G behind it`);
}
