/**
 * Why a machine answered an item as it did, as a sentence for the one who reads the findings.
 *
 * Invariant: never a pattern or an expression of the document; what was looked for and what was expected is in the arithmetic
 * (`--explain`).
 */
import { refersTo } from '../runbook/expression.ts';
import { oneLine } from './failure.ts';
import type { Judgement } from './judge.ts';
import type { Read } from './reading.ts';

const saidLengthMax = 200;

/** Why an item that failed, or is met in part, is not met. */
export function openText(verdict: Judgement, found: Read): string {
  const failed = verdict.expectations.find(({ ok }) => !ok);
  const sources = failed === undefined ? new Set<string>() : refersTo(failed.source);
  const reason = verdict.reason ?? 'it is not as it should be';
  if (typeof found.fields['output'] === 'string') return commandText(found, failed?.detail ?? '', reason);
  if (sources.has('text')) return 'what the file says is not what is wanted';
  return filesText(found) ?? (failed === undefined ? reason : otherwise(failed.detail, reason));
}

/** Why an item does not apply whose own condition left it out after the machine had looked. */
export function leftOutText(found: Read): string {
  const { exit } = found.fields;
  if (found.nothing !== undefined) return found.nothing;
  const said = lastSaid(found);
  if (said !== null) return said;
  return typeof exit === 'bigint' ? `its command ended with exit ${exit}` : 'what was found leaves it out';
}

/** What the command said at its end is the reason; nothing else is as plain. */
function commandText(found: Read, detail: string, reason: string): string {
  const { exit } = found.fields;
  if (exit === 0n) return otherwise(detail, reason);
  // What is known of the exit is more than the number.
  if (reason !== `exit ${exit}`) return reason;
  const said = lastSaid(found);
  return said === null ? `its command ended with exit ${exit} and said nothing` : `${said} (exit ${exit})`;
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

/** What a look at files saw; null: it was another look. */
function filesText({ fields, nothing }: Read): string | null {
  if (nothing !== undefined) return nothing;
  const { matches, files, commands, findings, count } = fields;
  const number = typeof count === 'bigint' ? count : null;
  if (number === null || number === 0n) return null;
  if (Array.isArray(commands))
    return `${number} ${number === 1n ? 'command' : 'commands'} of pipelines ${number === 1n ? 'does' : 'do'} this`;
  if (Array.isArray(findings))
    return `the scanner has ${number} ${number === 1n ? 'finding that counts' : 'findings that count'}`;
  if (Array.isArray(matches)) return `it stands at ${number} ${number === 1n ? 'place' : 'places'}`;
  if (Array.isArray(files)) return number === 1n ? 'one file was found' : `${number} files were found`;
  return null;
}
