/**
 * Where runs live, as it is named: `--state`, else `GONOGO_STATE`, else `state:` of `config.yaml`, else `./state`.
 *
 * Invariant: what looks like an address is one, or refused: never a folder of that name. No message shows more of it than its scheme.
 */
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { readPreferences } from './preferences.ts';

export const stateVariable = 'GONOGO_STATE';

export interface StatePlace {
  /** The address of a database, or else an absolute folder. */
  readonly named: string;
  readonly shared: boolean;
}

/** True for the address of a database that runs can live in. */
export function isShared(named: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(named);
}

/** `address` without the password that stands in it: for children, which do not get it. */
export function withoutPassword(address: string): string {
  const [place = '', ...rest] = address.replace(/^([a-z]+:\/\/[^:@/?]*):[^@/?]*@/i, '$1@').split('?');
  const kept = rest
    .join('?')
    .split('&')
    .filter((one) => one !== '' && !isPassword(one));
  return kept.length === 0 ? place : `${place}?${kept.join('&')}`;
}

/** True for `password=…`, however its name is written. */
function isPassword(parameter: string): boolean {
  const [name = ''] = parameter.split('=');
  try {
    return decodeURIComponent(name) === 'password';
  } catch {
    // Nobody connects by it; what it was meant for is not known.
    return true;
  }
}

/** What `state`, the environment or the operator's own file names. Throws `JournalError 'unusable'` for what is neither. */
export async function stateOf(host: Host, { state }: { readonly state?: string | undefined }): Promise<StatePlace> {
  // A variable that is empty says nothing.
  const variable = host.machine.env[stateVariable] ?? '';
  if (state !== undefined) return placeOf(host, '--state', state);
  if (variable !== '') return placeOf(host, stateVariable, variable);
  const preferred = await readPreferences({ host });
  // Nobody is kept from a run by a theme, but nobody's runs go to another place than they said.
  if (!preferred.ok && preferred.saysState) throw new JournalError('unusable', preferred.problem);
  const own = preferred.ok ? preferred.value.state : undefined;
  return own === undefined ? placeOf(host, '--state', 'state') : placeOf(host, preferred.path, own);
}

function placeOf(host: Host, source: string, named: string): StatePlace {
  if (isShared(named)) return { named, shared: true };
  const scheme = /^\s*(?:([a-z][a-z0-9+.-]*):\/\/|postgres(?:ql)?:)/i.exec(named);
  // The rest of it may hold a password.
  if (scheme !== null)
    throw new JournalError(
      'unusable',
      `${source}: runs cannot live at ${scheme[0].trim()}…; name a folder, or postgres://…`,
    );
  return { named: named.startsWith('/') ? named : join(host.machine.cwd, named), shared: false };
}
