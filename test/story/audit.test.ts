/** An audit of a small repository, and a checklist as a gate, by keys on a real terminal. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { change, close, enter, press, Stage } from './stage.ts';

const down = '\x1b[B';
const up = '\x1b[A';

const checklist = `checklist: Ready to ship
scale: 10
categories:
  image:
    title: The image
    items:
      - id: no_root
        title: The container does not run as root
        severity: blocker
        check: grep -q '^USER app' Dockerfile
        fix: Add a USER line
      - id: pinned
        title: The base image is pinned
        requires: no_root
        severity: high
        check: grep -qE '^FROM .+@sha256:' Dockerfile
  secrets:
    title: Secrets
    items:
      - id: no_key
        title: No key in the sources
        severity: medium
        grep: { pattern: 'SECRET_KEY *=', in: 'src/**' }
        expect: count == 0
  people:
    title: People
    items:
      - manual: Was the rollback rehearsed?
        id: rehearsed
        title: Rollback rehearsed
        severity: high
`;

const release = `runbook: Ship it
phases:
  main:
    - { id: readiness, title: Ready to ship, checklist: checklists/ready.yaml }
    - { id: ship, run: echo shipped }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(join(stage.folder, 'checklists'));
  mkdirSync(join(stage.folder, 'src'));
  writeFileSync(join(stage.folder, 'checklists/ready.yaml'), checklist);
  writeFileSync(join(stage.folder, 'release.yaml'), release);
  writeFileSync(join(stage.folder, 'Dockerfile'), 'FROM node:22\n');
  writeFileSync(join(stage.folder, 'src/config.py'), 'import os\nSECRET_KEY = "x"\n');
});
afterEach(async () => {
  await stage.dispose();
});

test('audit at 80x24: questions answered, failing items looked at with their evidence, waived, and so a go', async () => {
  const pty = stage.gonogo(['audit', 'checklists/ready.yaml']);
  await pty.shows('Was the rollback rehearsed?');
  await pty.showsAt(1, '1 to answer   3/3 automatic');
  await pty.showsAt(1, 'NOT COMPLETE');
  await close(pty, '> Pass');
  await pty.shows('waits for you: rehearsed');
  await press(pty, 'v', 'Items: failing');
  await press(pty, down, '>  ✗ no_key');
  await pty.shows('src/config.py:2');
  await press(pty, 'v', 'Items: unanswered');
  await pty.shows('>  ? pinned');
  await pty.shows('requires no_root, which did not pass');
  // Enter on an item is about that item.
  await press(pty, down, '>  · rehearsed');
  await press(pty, '\r', '> Pass');
  await press(pty, '\r', 'What it rests on');
  await enter(pty, 'rehearsed on Monday', 'NO-GO: Ready to ship');
  await pty.showsAt(1, ' NO-GO  ');
  await press(pty, down, '> Waive no_root');
  await pty.shows('fix: Add a USER line');
  await press(pty, '\r', '> Who accepts it:');
  await press(pty, '\t', '> Why:');
  await enter(pty, 'pilot', '> Until (YYYY-MM-DD):');
  await enter(pty, '2026-02-30', 'is not a date like');
  await press(pty, '\x15', 'Until (YYYY-MM-DD): ▏');
  await enter(pty, '2999-12-31', 'pinned is unknown');
  await pty.hides('no_root blocks');
  await press(pty, down, '> Waive pinned');
  await press(pty, '\r', '> Who accepts it:');
  await press(pty, '\t', '> Why:');
  await enter(pty, 'pilot', '> Until (YYYY-MM-DD):');
  await enter(pty, '2999-12-31', 'GO: Ready to ship');
  await pty.hides('NO-GO');
  await pty.shows('3 findings: no_root waived, pinned waived, no_key failed');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  await pty.leaves();
  await pty.shows('waived by');
});

test('audit at 60x16: left with its verdict, a no-go ends with exit 1', async () => {
  const pty = stage.gonogo(['audit', 'checklists/ready.yaml'], 60, 16);
  await pty.shows('Was the rollback rehearsed?');
  await close(pty, '> Pass');
  await pty.shows('waits for you: rehearsed');
  await press(pty, 's', 'Skip rehearsed');
  await enter(pty, 'nobody knows', 'NO-GO: Ready to ship');
  await pty.showsAt(1, '2 unknown');
  await press(pty, '\r', 'w writes it');
  await pty.type('q');
  expect(await pty.exited).toBe(1);
});

test('a gate at 120x40: nothing skips it; fixed and checked again it is a go', async () => {
  const pty = stage.gonogo(['run', 'release.yaml'], 120, 40);
  await pty.shows('Was the rollback rehearsed?');
  await press(pty, '\r', 'What it rests on');
  await enter(pty, 'rehearsed', 'NO-GO readiness: Ready to ship');
  await close(pty, '> Check again');
  await pty.shows('waits for your decision: readiness is no-go');
  await press(pty, 's', 'a gate cannot be skipped');
  await press(pty, 'e', 'a gate cannot be marked done');
  await press(pty, 'v', 'Items: failing');
  await press(pty, 'v', 'Items: unanswered');
  await press(pty, 'v', '─ Steps ─');
  await press(pty, up, '>    ✗ readiness_no_root');
  await press(pty, up, '>  * readiness');
  writeFileSync(join(stage.folder, 'Dockerfile'), 'FROM node:22@sha256:aa\nUSER app\n');
  await press(pty, '\r', '> Check again');
  await press(pty, '\r', 'Reason: check again');
  await press(pty, '\r', '> n No <');
  await press(pty, 'y', 'r runs ship, after a y/n');
  await change(pty, 'COMPLETED: Ship it');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
});

const people = `checklist: Ready to hand over
scale: 10
categories:
  people:
    title: People
    items:
${['on_call', 'rehearsed', 'told', 'trained', 'awake'].map((id) => `      - { manual: Is it so for ${id}?, id: ${id}, title: About ${id}, severity: low }\n`).join('')}`;

test("80x24: items answered in an order of one's own, by the last answer, corrected, and several at once", async () => {
  writeFileSync(join(stage.folder, 'people.yaml'), people);
  const pty = stage.gonogo(['audit', 'people.yaml']);
  await close(pty, '> Pass');
  await pty.shows('waits for you: on_call');
  for (const _ of [1, 2]) await pty.type(down);
  await pty.shows('Enter answers told; Esc goes back to on_call, which waits for you');
  await press(pty, ' ', '1 item marked');
  await press(pty, '\r', 'Is it so for told?');
  await press(pty, '\r', 'What it rests on');
  await enter(pty, 'told by mail', '4 to answer');
  // Its mark went with its answer, and the item that waits is still the first one.
  await pty.shows('Enter answers trained');
  await press(pty, up, '>  ✓ told');
  await pty.shows('Enter judges told again');
  await press(pty, '\r', 'Answered: pass: told by mail');
  await press(pty, 'j', '> Partial');
  await press(pty, '\r', 'What it rests on');
  await enter(pty, 'not all of them', '>  ~ told');
  await press(pty, down, 'Enter answers trained');
  await press(pty, '\r', 'As the last answer: partial, not all of them');
  for (const _ of [1, 2, 3, 4]) await pty.type(down);
  await press(pty, '\r', '>  ~ trained');
  await press(pty, '\x1b', 'waits for you: on_call');
  await press(pty, ' ', '1 item marked');
  await press(pty, ' ', '2 items marked; Enter answers, Esc marks none');
  await pty.shows(' # · on_call');
  await press(pty, '\r', 'Answer 2 items at once');
  await press(pty, '\r', 'What it rests on, for all');
  await enter(pty, 'seen on Monday', '2 items answered.');
  await pty.shows('1 to answer');
  expect(stage.records().filter((one) => one.startsWith('item.'))).toEqual([
    'item.answered told',
    'item.judged told',
    'item.answered trained',
    'item.answered on_call',
    'item.answered rehearsed',
  ]);
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('plain: another item than the one that is asked, then two at once', async () => {
  writeFileSync(join(stage.folder, 'people.yaml'), people);
  const pty = stage.gonogo(['audit', 'people.yaml', '--plain']);
  const tell = async (text: string, shows: string): Promise<void> => {
    pty.write(`${text}\r`);
    await pty.wrote(shows, 1);
  };
  await pty.shows('Is it so for on_call?');
  await tell('j told', 'Is it so for told?');
  await tell('3', 'What it rests on (empty: back):');
  await tell('nobody was', 'failed told');
  await tell('j rehearsed awake', 'Answer 2 items at once');
  await tell('1', 'What it rests on, for all (empty: back):');
  await tell('seen', '2 items answered.');
  await tell('j nothing', 'nothing is no item of a checklist');
  pty.write('\x04');
  expect(await pty.exited).toBe(3);
  expect(stage.records().filter((one) => one.startsWith('item.'))).toEqual([
    'item.answered told',
    'item.answered rehearsed',
    'item.answered awake',
  ]);
});
