/** Who acts: the name under which what is done now is recorded. */
import { visible } from '../diagnostics/sanitise.ts';
import { isName } from '../runbook/person-name.ts';
import { badInput } from './refusal.ts';
import type { World } from './world.ts';

/** The name that was given, else the user's; without what would not print. Throws `Refusal` for one that nobody can read. */
export function operatorName({ host }: Pick<World, 'host'>, given: string | undefined): string {
  if (given !== undefined && given.trim() === '') throw badInput('operator', 'the name is empty');
  if (given !== undefined && !isName(given))
    throw badInput('operator', `the name "${visible(given)}" has no letter or digit`);
  return visible(given ?? host.machine.user).trim();
}
