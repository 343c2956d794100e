/**
 * Judges one try at an action: what was expected of what it read, and what is kept of it.
 *
 * Invariants:
 * - An expectation that cannot be evaluated is not met; its detail says why.
 * - A value is captured only from a try that met every expectation.
 * - No detail, reason or captured value holds one of `secrets`, however it is spelled: every text is masked before it is quoted,
 *   put on one line or shortened, since a secret that was changed on the way is not found any more.
 */
import { cut } from '../diagnostics/cut.ts';
import { holdsSecret, maskText } from '../diagnostics/mask.ts';
import type { ActionSpec } from '../runbook/action-spec.ts';
import type { Body, Variable } from '../runbook/document.ts';
import { type CelValue, evaluate, mentions, refersTo, toJson, toText, type Values } from '../runbook/expression.ts';
import { checkValue } from '../runbook/values.ts';
import { captureReason, exitReason, expectationReason, oneLine, statusReason } from './failure.ts';

/** What the action read. `absent`: why a field could not be had. `reason` non-null: it failed whatever `expect` says. */
export interface Measured {
  readonly fields: Values;
  readonly absent?: Readonly<Record<string, string>> | undefined;
  readonly exit: number | null;
  readonly status: number | null;
  readonly reason: string | null;
  /** Why files that it should have left are not kept: then it has not passed. */
  readonly lacking?: string | undefined;
  /** Fields whose text was not UTF-8: nothing is kept of them. */
  readonly garbled?: readonly string[] | undefined;
}

export interface ToJudge {
  readonly body: Pick<Body, 'expect' | 'capture' | 'retry'>;
  readonly spec: Pick<ActionSpec, 'defaultExpect' | 'captureField'>;
  readonly measured: Measured;
  /** Variables, bindings and `steps` as expressions see them. */
  readonly values: Values;
  /** Declarations of the document's variables: a captured value must fit its own. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

export interface Judgement {
  readonly ok: boolean;
  /** Why not ok, one line; null when ok. */
  readonly reason: string | null;
  readonly expectations: readonly { readonly source: string; readonly ok: boolean; readonly detail: string }[];
  /** Text of each captured variable; empty unless ok. */
  readonly captured: Readonly<Record<string, string>>;
  readonly gaveUp: boolean;
}

type Expectation = Judgement['expectations'][number];

const detailLengthMax = 200;
const valueLengthMax = 80;

/** Evaluates `expect` (after the action's default, unless one refers to `exit` or `status`), `give_up` and `capture`. */
export function judge(input: ToJudge): Judgement {
  const { body, measured } = input;
  const values: Values = { ...input.values, ...measured.fields };
  const sources = expectationsOf(input);
  // To have no connection is an answer where it is asked for.
  const asked = measured.fields['refused'] === true && sources.some((source) => refersTo(source).has('refused'));
  if (measured.reason !== null && !asked) {
    const reason = oneLine(maskText(measured.reason, input.secrets));
    return { ok: false, reason, expectations: [], captured: {}, gaveUp: givesUp(input, values) };
  }
  const expectations = sources.map((source) => expectation(source, values, input));
  const failed = expectations.find(({ ok }) => !ok);
  if (failed !== undefined) {
    const reason = failureReason(input, failed);
    return { ok: false, reason, expectations, captured: {}, gaveUp: givesUp(input, values) };
  }
  if (measured.lacking !== undefined) {
    const reason = oneLine(maskText(measured.lacking, input.secrets));
    return { ok: false, reason, expectations, captured: {}, gaveUp: givesUp(input, values) };
  }
  const capture = captureAll(body.capture, values, input);
  if (capture.reason !== null) {
    return { ok: false, reason: capture.reason, expectations, captured: {}, gaveUp: givesUp(input, values) };
  }
  return { ok: true, reason: null, expectations, captured: capture.captured, gaveUp: false };
}

/** What is tested of a try, in order: the default first, unless `expect` speaks of `exit`, `status` or `refused` itself. */
export function expectationsOf({ body, spec }: Pick<ToJudge, 'body' | 'spec'>): readonly string[] {
  if (spec.defaultExpect === null) return body.expect;
  const own = body.expect.some((source) => ownWords.some((name) => refersTo(source).has(name)));
  return own ? body.expect : [spec.defaultExpect, ...body.expect];
}

const ownWords = ['exit', 'status', 'refused'] as const;

function expectation(source: string, values: Values, input: ToJudge): Expectation {
  const result = evaluate(source, values, input.measured.absent);
  const ok = result.ok && result.value === true;
  const { secrets } = input;
  const why = result.ok ? notBoolean(result.value, secrets) : maskText(result.message, secrets);
  const detail = why === null ? seen(source, values, secrets) : why;
  return { source, ok, detail: oneLine(detail, detailLengthMax) };
}

function notBoolean(value: CelValue, secrets: readonly string[]): string | null {
  return typeof value === 'boolean' ? null : `it is neither true nor false but ${shown(value, secrets)}`;
}

/** The values that the expression saw: `json.status = "down", ms = 12`. */
function seen(source: string, values: Values, secrets: readonly string[]): string {
  return mentions(source)
    .flatMap((mention) => {
      const result = evaluate(mention, values);
      return result.ok ? [`${mention} = ${shown(result.value, secrets)}`] : [];
    })
    .join(', ');
}

/** Masked before it is shortened: half a secret is still one. */
function shown(value: CelValue, secrets: readonly string[]): string {
  return shortened(maskText(toJson(value), secrets));
}

function shortened(text: string): string {
  return cut(text, valueLengthMax);
}

function failureReason(input: ToJudge, failed: Expectation): string {
  const { measured, spec } = input;
  if (measured.reason !== null) return oneLine(maskText(measured.reason, input.secrets));
  if (failed.source !== spec.defaultExpect) return expectationReason(failed.source, failed.detail);
  if (measured.exit !== null)
    return exitReason(
      measured.exit,
      maskText(toText(measured.fields['output'] ?? ''), input.secrets),
      Object.keys(input.variables),
    );
  if (measured.status !== null) return statusReason(measured.status);
  return expectationReason(failed.source, failed.detail);
}

/** An error in `give_up` gives nothing up: the tries that `retry` allows are the safe side. */
function givesUp({ body, measured }: ToJudge, values: Values): boolean {
  const source = body.retry?.giveUp;
  if (source === undefined) return false;
  const result = evaluate(source, values, measured.absent);
  return result.ok && result.value === true;
}

function captureAll(
  capture: Readonly<Record<string, string>>,
  values: Values,
  input: ToJudge,
): { readonly captured: Readonly<Record<string, string>>; readonly reason: string | null } {
  const captured: Record<string, string> = {};
  for (const [name, source] of Object.entries(capture)) {
    const named = refersTo(source);
    if (input.measured.garbled?.some((field) => named.has(field)) === true)
      return { captured, reason: captureReason(name, 'what was read is not UTF-8 text') };
    const result = evaluate(source, values, input.measured.absent);
    if (!result.ok) return { captured, reason: captureReason(name, maskText(result.message, input.secrets)) };
    const text = source === input.spec.captureField ? toText(result.value).trim() : toText(result.value);
    const wrong = checkValue(input.variables[name] ?? capturedVariable, text) ?? secretIn(text, input.secrets);
    if (wrong !== null) return { captured, reason: captureReason(name, maskText(wrong, input.secrets)) };
    captured[name] = text;
  }
  return { captured, reason: null };
}

const capturedVariable: Variable = { type: 'string', secret: false };

function secretIn(text: string, secrets: readonly string[]): string | null {
  return holdsSecret(text, secrets) ? 'it holds a secret' : null;
}
