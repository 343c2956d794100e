/**
 * Why a machine answered an item as it did, as a sentence for the one who reads the findings.
 *
 * Invariant: never a pattern or an expression of the document; what was looked for and what was expected is in the arithmetic
 * (`--explain`).
 */
import { evaluate, refersTo, type Values } from '../runbook/expression.ts';
import { oneLine } from './failure.ts';
import type { Judgement } from './judge.ts';
import type { Read } from './reading.ts';

const saidLengthMax = 200;

/** Why an item that failed, or is met in part, is not met. */
export function openText(verdict: Judgement, found: Read, around: Values): string {
  const failed = verdict.expectations.find(({ ok }) => !ok);
  const sources = failed === undefined ? new Set<string>() : refersTo(failed.source);
  const reason = verdict.reason ?? 'it is not as it should be';
  if (typeof found.fields['output'] === 'string') return commandText(found, failed?.detail ?? '', reason);
  if (sources.has('text')) return 'what the file says is not what is wanted';
  return (
    filesText(found, failed?.source ?? '', around) ?? (failed === undefined ? reason : otherwise(failed.detail, reason))
  );
}

/** Why an item does not apply whose own condition left it out after the machine had looked. */
export function leftOutText(found: Read): string {
  const { exit } = found.fields;
  if (found.nothing !== undefined) return found.nothing;
  const said = lastSaid(found);
  if (said !== null) return said;
  return typeof exit === 'bigint' ? `its command ended with exit ${exit}` : 'what was found leaves it out';
}

/** Why an item is still unknown in which something was found that a person has to judge. `places`: where it stands. */
export function askedText(places: readonly string[]): string {
  const named = places.slice(0, 2).join(', ');
  const more = places.length > 2 ? `, and ${places.length - 2} more` : '';
  return oneLine(`somebody has to judge what was found${named === '' ? '' : `: ${named}${more}`}`, saidLengthMax);
}

function placesText(number: bigint, wrong: number | null, source: string): string {
  const places = number === 1n ? 'one place' : `${number} places`;
  if (wrong !== null && BigInt(wrong) < number)
    return `${wrong} of ${places} ${wrong === 1 ? 'is not as it' : 'are not as they'} should be`;
  return wrong === null && !/\bcount (==|<|<=) /.test(source)
    ? `what stands at ${places} is not enough`
    : `it stands at ${places}`;
}

/**
 * The matches that do not fit an expectation over each of them; null when it is another expectation. `around`: what the expectation
 * sees beside what was read, facts above all.
 */
export function offending({ fields }: Read, source: string, around: Values): readonly unknown[] | null {
  const all = /^matches\.all\((\w+), (.*)\)$/s.exec(source);
  const none = /^!matches\.exists\((\w+), (.*)\)$/s.exec(source);
  const [, name, test] = all ?? none ?? [];
  if (name === undefined) return null;
  const result = evaluate(`matches.filter(${name}, ${all === null ? '' : '!'}(${test}))`, { ...around, ...fields });
  // None: what failed is another part of it.
  return result.ok && Array.isArray(result.value) && result.value.length > 0 ? result.value : null;
}

/** What the command said at its end is the reason; nothing else is as plain. */
function commandText(found: Read, detail: string, reason: string): string {
  const { exit } = found.fields;
  if (exit === 0n) return otherwise(detail, reason);
  // What is known of the exit is more than the number.
  if (reason !== `exit ${exit}`) return reason;
  const [place, ...others] = placeLines(found);
  if (place !== undefined) return others.length === 0 ? place : `${place}, and ${others.length} more`;
  const said = lastSaid(found);
  return said === null ? `its command ended with exit ${exit} and said nothing` : `${said} (exit ${exit})`;
}

/** `path:line: what is wrong there`, each line that is one, when all are. */
function placeLines({ fields: { output } }: Read): readonly string[] {
  const lines = typeof output === 'string' ? output.trim().split('\n') : [];
  return lines.every((line) => /^[^\s:]+:\d+(:|$)/.test(line)) ? lines.map((line) => oneLine(line, saidLengthMax)) : [];
}

function lastSaid({ fields: { output } }: Read): string | null {
  const said = typeof output === 'string' ? (output.trim().split('\n').at(-1)?.trim() ?? '') : '';
  return said === '' ? null : oneLine(said, saidLengthMax);
}

/** `detail`: the values that were seen, `doc.version = "1.2.3"`. */
function otherwise(detail: string, reason: string): string {
  if (detail === '') return reason;
  return / = /.test(detail)
    ? `${detail.replaceAll(/(^|, )([\w.[\]"]+) = /g, '$1$2 is ')}, which is not what is wanted`
    : detail;
}

/** What a look at files saw; null: it was another look. `source`: what was expected of it. */
function filesText(found: Read, source: string, around: Values): string | null {
  const { fields, nothing } = found;
  if (nothing !== undefined) return nothing;
  const { matches, files, commands, findings, count } = fields;
  const number = typeof count === 'bigint' ? count : null;
  if (number === null || number === 0n) return null;
  if (Array.isArray(commands))
    return `${number} ${number === 1n ? 'command' : 'commands'} of pipelines ${number === 1n ? 'does' : 'do'} this`;
  if (Array.isArray(findings))
    return `the scanner has ${number} ${number === 1n ? 'finding that counts' : 'findings that count'}`;
  if (Array.isArray(matches)) return placesText(number, offending(found, source, around)?.length ?? null, source);
  if (Array.isArray(files)) return number === 1n ? 'one file was found' : `${number} files were found`;
  return null;
}
