/** `--var NAME=VALUE`, as often as it is given. */
import { UsageError } from './command.ts';

/** `k=v` flags as a map. Throws `UsageError` for one without `=` or given twice. */
export function parseVariableFlags(flags: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const flag of flags) {
    const at = flag.indexOf('=');
    if (at < 1) throw new UsageError(`--var ${flag}: expected NAME=VALUE`);
    const name = flag.slice(0, at);
    if (values.has(name)) throw new UsageError(`--var ${name} is given twice`);
    values.set(name, flag.slice(at + 1));
  }
  return values;
}
