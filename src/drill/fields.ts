/** What `expect` and `capture` see of an action that a rehearsal does not perform. */
import type { ActionSpec, FieldType } from '../runbook/action-spec.ts';
import type { Json } from '../runbook/document.ts';
import type { StandInResult } from '../runbook/drill-shape.ts';
import { type CelValue, JsonTextError, parseJson } from '../runbook/expression.ts';

/** The result of an action. `absent`: why a field could not be had. */
export interface Seen {
  readonly fields: Readonly<Record<string, CelValue>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly status: number | null;
  readonly exit: number | null;
}

const usualStatus = 200;

/** What `standIn` tells of an action, and what passes for what it does not tell. */
export function fieldsOf(
  spec: Pick<ActionSpec, 'fields'>,
  standIn: StandInResult | null,
  { output, ms }: { readonly output: string; readonly ms: number },
): Seen {
  const has = (name: string): boolean => Object.hasOwn(spec.fields, name);
  const status = has('status') ? (standIn?.status ?? usualStatus) : null;
  const exit = has('exit') ? (standIn?.exit ?? 0) : null;
  const fields: Record<string, CelValue> = {};
  for (const [name, type] of Object.entries(spec.fields)) fields[name] = usual(name, type);
  for (const name of ['output', 'body', 'text', 'stdout']) if (has(name)) fields[name] = output;
  if (has('ms')) fields['ms'] = BigInt(ms);
  if (status !== null) fields['status'] = BigInt(status);
  if (exit !== null) fields['exit'] = BigInt(exit);
  const absent = readJson(fields, ['json', 'doc'].filter(has), output);
  for (const [name, value] of Object.entries(standIn?.sees ?? {})) fields[name] = toCel(value);
  return { fields, absent, status, exit };
}

/** Reads `output` as JSON into the fields `names`, or says why that cannot be had. */
function readJson(fields: Record<string, CelValue>, names: readonly string[], output: string): Record<string, string> {
  try {
    if (output !== '') for (const name of names) fields[name] = parseJson(output);
    return {};
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    for (const name of names) delete fields[name];
    return Object.fromEntries(names.map((name) => [name, `the stand-in is not JSON: ${error.message}`]));
  }
}

function usual(name: string, type: FieldType): CelValue {
  if (name === 'days_left') return 365n;
  switch (type) {
    case 'int':
      return 0n;
    case 'double':
      return 0;
    case 'string':
      return '';
    case 'bool':
      return name !== 'refused';
    case 'list<string>':
    case 'list<dyn>':
      return [];
    case 'map<string, dyn>':
    case 'map<string, bool>':
    case 'dyn':
      return {};
  }
}

/** JSON as expressions see it: a whole number is an int. */
function toCel(value: Json): CelValue {
  return parseJson(JSON.stringify(value));
}
