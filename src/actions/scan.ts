/**
 * `scan`: what a scanner found, from its SARIF, its JSON or, of Django, its text; it runs one, or reads the report that one left.
 *
 * Invariants:
 * - A scanner that is not there, cannot reach what it needs, crashes or prints what nobody understands proves nothing: the reading
 *   is blind, whatever its exit code.
 * - What was found counts, not the exit code.
 */
import * as z from 'zod';
import type { Evidence } from '../run/event.ts';
import { timeoutReason } from '../run/failure.ts';
import type { CelValue } from '../runbook/expression.ts';
import { oneOrMany, someText, strict, text, word } from '../runbook/scalar.ts';
import { createSurvey } from '../search/survey.ts';
import type { Command, Ending } from '../target/target.ts';
import type { Reading } from './action.ts';
import { neverBegan, unfinished } from './command.ts';
import { type Context, defineAction } from './define-action.ts';
import { blind, onTarget, reading, stopwatch, textOf } from './reading.ts';
import { readDjangoReport, readJsonReport, readSarifReport, type ScanFinding, severities } from './scan-formats.ts';
import { leavingLink, selectionOf } from './selecting.ts';

const formats = ['sarif', 'json', 'django'] as const;
type Format = (typeof formats)[number];

const schema = strict({
  /** A script as text, or a command and its arguments. */
  run: z
    .union([
      text.transform((script) => ({ script })),
      z
        .array(text)
        .min(1)
        .transform((argv) => ({ argv })),
      strict({ script: text }),
      strict({ argv: z.array(text).min(1) }),
    ])
    .exactOptional(),
  /** Reports that are there already. */
  sarif: oneOrMany(someText).exactOptional(),
  format: word(formats).exactOptional(),
  /** Which findings count: from a severity on, without some rules. */
  findings: strict({
    least: word(severities).exactOptional(),
    not: oneOrMany(someText).exactOptional(),
  }).exactOptional(),
}).refine((given) => (given.run === undefined) !== (given.sarif === undefined), {
  error: 'a scan runs a scanner or reads its report\ngive either run, or sarif with the path of the report',
});
type Params = z.infer<typeof schema>;

const reportBytesMax = 64 * 1024 * 1024;
const findingsMax = 1000;
const messageLengthMax = 300;
const graceMs = 10_000;

export const scan = defineAction({
  name: 'scan',
  about: 'count what a scanner finds, from its SARIF or JSON',
  params: schema,
  effect: 'read',
  fields: { count: 'int', total: 'int', findings: 'list<dyn>', matches: 'list<string>' },
  defaultExpect: 'count == 0',
  isScript: (path) => path.length === 2 && path[0] === 'run' && path[1] === 'script',
  summary: ({ run, sarif }) =>
    `scan ${run === undefined ? (sarif ?? []).join(' ') : 'script' in run ? run.script : run.argv.join(' ')}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return context.params.run === undefined
      ? onTarget(elapsedMs, () => readReports(context, elapsedMs))
      : begin(context);
  },
  recover: (context) => {
    const elapsedMs = stopwatch(context);
    return context.params.run === undefined
      ? onTarget(elapsedMs, () => readReports(context, elapsedMs))
      : finish(context);
  },
  stop: ({ target, attempt }) => target.commands.stop(attempt, graceMs),
});

async function begin(context: Context<Params>): Promise<Reading> {
  const { target, attempt, env, cwd, timeoutMs, secrets, params } = context;
  const command = commandOf(params);
  const beginning = await target.commands.begin(attempt, {
    command,
    env,
    cwd,
    timeoutMs,
    splitStderr: true,
    secrets,
    tty: false,
  });
  if (beginning.kind === 'begun') return finish(context);
  if (beginning.kind === 'in-doubt') return beginning;
  return { kind: 'never-began', why: neverBegan(beginning) };
}

function commandOf({ run }: Params): Command {
  if (run === undefined || 'argv' in run) return { kind: 'argv', argv: run?.argv ?? [] };
  return { kind: 'script', text: run.script, shell: ['bash', '-euo', 'pipefail'] };
}

async function finish(context: Context<Params>): Promise<Reading> {
  const { target, attempt, leave } = context;
  const ending = await target.commands.wait(attempt, { tailBytesMax: reportBytesMax }, leave);
  return ending.kind === 'exited' ? outcome(context, ending) : unfinished(ending);
}

function outcome({ params, timeoutMs }: Context<Params>, ended: Extract<Ending, { kind: 'exited' }>): Reading {
  const { exit, timedOut, ms, output, errors } = ended;
  const evidence = [output.evidence, errors?.evidence ?? null].filter((one) => one !== null);
  const stopped = timedOut
    ? timeoutReason(timeoutMs ?? 0)
    : exit === 126 || exit === 127
      ? notThere(params, textOf(errors?.tail.bytes ?? new Uint8Array()))
      : null;
  const printed = stopped === null ? printedReport(ended, params.format ?? 'sarif') : null;
  const report = printed === null ? null : findingsIn(printed, params.format ?? 'sarif');
  if (report === null) {
    const said = exit === 127 ? '' : lastLine(textOf(errors?.tail.bytes ?? new Uint8Array()));
    const why = stopped ?? `the scanner ended with exit ${exit} and printed no report that is understood`;
    return reading({ blind: true, reason: said === '' ? why : `${why}: ${said}`, evidence, ms });
  }
  return found(params, report, ms, evidence);
}

/** What holds the report; null: it is too long to be read. Django prints what it found as an error. */
function printedReport({ output, errors }: Extract<Ending, { kind: 'exited' }>, format: Format): string | null {
  const tails = format === 'django' && errors !== null ? [output.tail, errors.tail] : [output.tail];
  if (tails.some(({ start }) => start !== 0)) return null;
  return tails.map(({ bytes }) => textOf(bytes)).join('\n');
}

/** The shell says what it did not find. */
function notThere({ run }: Params, errors: string): string {
  const missed = /([^\s:]+): (command )?not found\s*$/m.exec(errors)?.[1] ?? 'the scanner';
  const name = run !== undefined && 'argv' in run ? (run.argv[0] ?? '') : missed;
  return `${name} is not installed here`;
}

function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  // npm ends with where its own log is, and says before what happened.
  const said = lines.filter((line) => !/^npm (error|ERR!) (A complete log|\s*\S*_logs\/)/.test(line));
  return said.at(-1)?.trim().slice(0, messageLengthMax) ?? '';
}

async function readReports(
  { target, params, cwd, survey }: Context<Params>,
  elapsedMs: () => number,
): Promise<Reading> {
  const look = survey ?? createSurvey(target.files, { respectIgnore: false });
  const selected = await look.select(cwd, selectionOf({ in: params.sarif ?? [] }));
  if (!selected.ok) return blind(selected.message, elapsedMs());
  const left = leavingLink(selected.found);
  if (left !== null) return blind(left, elapsedMs());
  if (selected.found.length === 0) return blind('the report of the scanner is not there', elapsedMs());
  const findings: ScanFinding[] = [];
  for (const { path, full } of selected.found) {
    const bytes = await target.files.read(full, { bytesMax: reportBytesMax });
    const report = findingsIn(textOf(bytes), params.format ?? 'sarif');
    if (report === null) return blind(`${path} is no report that is understood`, elapsedMs());
    findings.push(...report);
  }
  return found(params, findings, elapsedMs(), []);
}

function findingsIn(report: string, format: Format): readonly ScanFinding[] | null {
  if (format === 'django') return readDjangoReport(report);
  let value: unknown;
  try {
    value = JSON.parse(report);
  } catch {
    return null;
  }
  return format === 'sarif' ? readSarifReport(value) : readJsonReport(value);
}

function found(
  { findings: wanted }: Params,
  all: readonly ScanFinding[],
  ms: number,
  evidence: readonly Evidence[],
): Reading {
  const least = severities.indexOf(wanted?.least ?? 'info');
  const counted = all
    .filter(({ severity, rule }) => severities.indexOf(severity) >= least && wanted?.not?.includes(rule) !== true)
    .toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
  return reading({
    fields: {
      count: BigInt(counted.length),
      total: BigInt(all.length),
      findings: counted.slice(0, findingsMax).map(asValue),
      matches: counted.slice(0, findingsMax).map(lineOf),
    },
    evidence,
    ms,
  });
}

function asValue({ rule, severity, message, path, line }: ScanFinding): CelValue {
  return { rule, severity, message: short(message), path: path ?? '', line: BigInt(line) };
}

/** `src/app.py:12: high B105: message`; a package has no place. */
function lineOf({ rule, severity, message, path, line }: ScanFinding): string {
  const where = path === null ? '' : `${path.replace(/^\.\//, '')}:${Math.max(1, line)}: `;
  return `${where}${severity} ${rule}: ${short(message)}`;
}

function short(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length <= messageLengthMax ? line : `${line.slice(0, messageLengthMax - 1)}…`;
}
