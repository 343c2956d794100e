/**
 * Golden journals: what earlier versions wrote stays readable, and the reports that they made of it stay the same bytes.
 *
 * A file below `v1` is never changed. Whoever makes the report say something else makes a new renderer, and keeps this one.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import { buildReport } from '../../src/report/build.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';

const folder = join(import.meta.dirname, 'v1');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

/** The types of events that version 1 of the journal has. */
const types = [
  'run.started',
  'run.resumed',
  'run.paused',
  'run.ended',
  'journal.recovered',
  'documents.adopted',
  'operator.changed',
  'note.added',
  'variable.set',
  'step.started',
  'step.ordered',
  'probe.started',
  'done_when.read',
  'attempt.stopping',
  'attempt.voided',
  'attempt.ended',
  'attempt.in_doubt',
  'attempt.settled',
  'step.passed',
  'step.failed',
  'step.skipped',
  'step.not_taken',
  'step.overridden',
  'step.retried',
  'step.passed_over',
  'step.answered',
  'option.chosen',
  'danger.confirmed',
  'target.read',
  'drift.accepted',
  'approval.requested',
  'approval.given',
  'approval.refused',
  'rollback.requested',
  'rollback.started',
  'obligation.opened',
  'obligation.settled',
  'obligation.cancelled',
  'obligation.handed_over',
  'item.answered',
  'waiver.given',
  'verdict.given',
];

/**
 * Every value of an enumeration, as `WHERE VALUE`. Of what the schema of version 1 allows, only the pause `undo-failed` is
 * missing: no program has ever written it.
 */
const values = [
  ...['engine', 'terminal', 'answers', 'command'].map((one) => `via ${one}`),
  ...['waiting', 'asked', 'interrupted', 'no-change'].map((one) => `paused ${one}`),
  ...['completed', 'rolled-back', 'failed', 'abandoned'].map((one) => `ended ${one}`),
  ...['ask', 'capture', 'default', 'env', 'literal'].map((one) => `set ${one}`),
  ...['literal', 'flag', 'file', 'env', 'default'].map((one) => `starts with ${one}`),
  ...['done-when', 'identity'].map((one) => `probe ${one}`),
  ...['passed', 'failed', 'rerun'].map((one) => `settled ${one}`),
  ...['done-when', 'operator', 'requirement'].map((one) => `skipped ${one}`),
  ...['failed', 'pending'].map((one) => `overrides ${one}`),
  ...['undo', 'step'].map((one) => `undone by ${one}`),
  ...['pass', 'partial', 'fail', 'na'].map((one) => `item ${one}`),
  ...['go', 'no-go'].map((one) => `verdict ${one}`),
  ...['blocker', 'high', 'medium', 'low'].map((one) => `severity ${one}`),
  ...['partial', 'failed', 'unknown', 'waived'].map((one) => `finding ${one}`),
  ...['signed', 'claimed'].map((one) => `approval ${one}`),
  ...['secret', 'inbox', 'previous', 'attached'].map((one) => `with ${one}`),
];

function valuesOf(event: RunEvent): readonly string[] {
  const own = (): readonly string[] => {
    switch (event.type) {
      case 'run.started':
        return Object.values(event.data.sources).map((source) => `starts with ${source}`);
      case 'run.paused':
        return [`paused ${event.data.reason}`];
      case 'run.ended':
        return [`ended ${event.data.status}`];
      case 'variable.set':
        return [`set ${event.data.source}`, ...(event.data.value === null ? ['with secret'] : [])];
      case 'probe.started':
        return [`probe ${event.data.probe}`];
      case 'attempt.settled':
        return [`settled ${event.data.as}`];
      case 'step.passed':
        return event.data.evidence === undefined ? [] : ['with attached'];
      case 'step.skipped':
        return [`skipped ${event.data.how}`];
      case 'step.overridden':
        return [`overrides ${event.data.overrides}`];
      case 'rollback.started':
        return event.data.plan.map(({ kind }) => `undone by ${kind}`);
      case 'item.answered':
        return [`item ${event.data.result}`];
      case 'approval.given':
        return [`approval ${event.data.signature === null ? 'claimed' : 'signed'}`];
      case 'note.added':
        return event.data.inbox === undefined ? [] : ['with inbox'];
      case 'verdict.given':
        return [
          `verdict ${event.data.verdict.verdict}`,
          ...event.data.verdict.findings.flatMap(({ severity, status }) => [
            `severity ${severity}`,
            `finding ${status}`,
          ]),
          ...(event.data.previous === undefined ? [] : ['with previous']),
        ];
      default:
        return [];
    }
  };
  return [`via ${event.actor.via}`, ...own()];
}

function bytesOf(name: string): Buffer {
  return readFileSync(join(folder, name));
}

function eventsOf(name: string): { readonly run: string; readonly events: readonly RunEvent[] } {
  const bytes = bytesOf(`${name}.jsonl`);
  const run = /"run":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
  return { run, events: verifyJournal(bytes, run).events };
}

describe('journals of version 1', () => {
  test.each(names)('%s: verifies, and its reports are the same bytes', (name) => {
    const { run, events } = eventsOf(name);
    const report = buildReport(reduceAll(events, run), events, new Map());
    expect(report.renderer).toBe(1);
    expect(renderMarkdown(report)).toBe(bytesOf(`${name}.md`).toString());
    expect(renderJson(report)).toBe(bytesOf(`${name}.json`).toString());
    expect(renderHtml(report)).toBe(bytesOf(`${name}.html`).toString());
  });

  test.each(names)('%s: what it pins is there, byte for byte', (name) => {
    for (const event of eventsOf(name).events) {
      if (event.type !== 'run.started' && event.type !== 'documents.adopted') continue;
      for (const { sha256 } of event.data.documents) {
        expect(
          createHash('sha256')
            .update(bytesOf(`documents/${sha256}.yaml`))
            .digest('hex'),
        ).toBe(sha256);
      }
    }
  });

  test('they hold every type of event and every value of an enumeration', () => {
    const events = names.flatMap((name) => eventsOf(name).events);
    const held = new Set<string>(events.map(({ type }) => type));
    const heldValues = new Set(events.flatMap(valuesOf));
    expect(types.filter((type) => !held.has(type))).toEqual([]);
    expect(values.filter((value) => !heldValues.has(value))).toEqual([]);
  });
});
