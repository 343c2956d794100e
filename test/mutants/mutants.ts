/**
 * Faults put into a copy of the sources, one at a time: each must make a test fail that is there for it. Run as a program it
 * lists them: `node test/mutants/mutants.ts [WORDS OF A NAME]`; exit 1 when one goes unnoticed.
 *
 * Invariant: the checkout is never touched; each mutant is a change of text that must fit the sources exactly once.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { slow } from '../suites.ts';

const root = join(import.meta.dirname, '../..');

/** What must notice it. `sim`: the sweep over simulated crashes; `built`: real processes, which need a build. */
export type Check =
  | { readonly kind: 'sim' }
  | { readonly kind: 'test' | 'built'; readonly file: string; readonly name: string };

export interface Mutant {
  /** What is broken, in the words of the invariant. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly check: Check;
}

const sim: Check = { kind: 'sim' };
const unit = (file: string, name: string): Check => ({ kind: 'test', file, name });
const durable = (name: string): Check => unit('test/host/durable.test.ts', name);
const attempts = (name: string): Check => unit('test/host/attempts-resume.test.ts', name);
const bounds = (name: string): Check => unit('test/run/bounds.test.ts', name);
const redo = (name: string): Check => unit('test/run/redo.test.ts', name);
const correct = (name: string): Check => unit('test/run/correct.test.ts', name);
const twoRuns = unit('test/sim/two-runs.test.ts', '');
const verify = unit('test/journal/verify.test.ts', '');
const notKnown = (name: string): Check => unit('test/run/not-known.test.ts', name);
const built = (file: string, name: string): Check => ({ kind: 'built', file, name });

/** Every fault that is known to be noticed. */
export const mutants: readonly Mutant[] = [
  // --- what is called durable ---
  {
    name: 'an append is not synced',
    file: 'src/host/files.ts',
    from: '        await file.datasync();\n',
    to: '',
    check: durable('append'),
  },
  {
    name: 'the content of a new file is not synced',
    file: 'src/host/files.ts',
    from: '    await writeAll(file, bytes);\n    await file.sync();\n',
    to: '    await writeAll(file, bytes);\n',
    check: durable('create'),
  },
  {
    name: 'the name of a new file is not synced',
    file: 'src/host/files.ts',
    from: '  await writeNew(path, bytes, mode);\n  await syncPath(dirname(path));\n',
    to: '  await writeNew(path, bytes, mode);\n',
    check: durable('create'),
  },
  {
    name: 'the name of a replaced file is not synced',
    file: 'src/host/files.ts',
    from: '    throw error;\n  }\n  await syncPath(dirname(path));\n',
    to: '    throw error;\n  }\n',
    check: durable('replace'),
  },
  {
    name: 'the new name of what is moved is not synced',
    file: 'src/host/files.ts',
    from: '  await rename(from, to);\n  await syncPath(dirname(to));\n',
    to: '  await rename(from, to);\n',
    check: durable('rename'),
  },
  {
    name: 'the old name of what is moved away is not synced',
    file: 'src/host/files.ts',
    from: '  if (dirname(from) !== dirname(to)) await syncPath(dirname(from));\n',
    to: '',
    check: durable('rename into'),
  },
  {
    name: 'a cut is not synced',
    file: 'src/host/files.ts',
    from: '    await file.truncate(bytes);\n    await file.sync();\n',
    to: '    await file.truncate(bytes);\n',
    check: durable('truncate'),
  },
  {
    name: 'the name of a new folder is not synced',
    file: 'src/host/files.ts',
    from: '  await syncPath(path);\n  await syncPath(dirname(path));\n',
    to: '  await syncPath(path);\n',
    check: durable('makeFolder'),
  },
  {
    name: 'a command is spawned before its script is durable',
    file: 'src/target/local/attempts.ts',
    from: '  await Promise.all([script, ...changed].map((path) => world.files.sync(path)));\n',
    to: '',
    check: attempts('syncs script'),
  },
  {
    name: 'an exit is told before it is durable',
    file: 'src/target/local/attempt-folder.ts',
    from: '  await Promise.all(written.map((path) => files.sync(path)));\n',
    to: '',
    check: attempts('syncs script'),
  },
  // --- the attempt protocol ---
  {
    name: 'a supervisor runs its command without the claim',
    file: 'src/target/local/supervisor.ts',
    from: '_gonogo_claim || {\n',
    to: '_gonogo_claim || true || {\n',
    check: attempts('is voided, and a supervisor that comes late'),
  },
  {
    name: 'the exit is looked at once only',
    file: 'src/target/local/attempt-folder.ts',
    from: '    if (late !== null) return settle(world, folder, late);\n',
    to: '',
    check: attempts('right after the first look'),
  },
  {
    name: 'what still runs is not seen',
    file: 'src/target/local/attempt-folder.ts',
    from: "    if (isRunning(world, folder, claim)) return { kind: 'alive' };\n",
    to: '',
    check: attempts('leaves its live command alive'),
  },
  {
    name: 'after a restart of the machine an unclaimed attempt counts as never run',
    file: 'src/target/local/attempt-folder.ts',
    from: '    if (startedBootId !== machine.bootId) {\n',
    to: '    if (startedBootId === machine.bootId && machine.bootId === "") {\n',
    check: attempts('is in doubt after a restart'),
  },
  {
    name: 'the folder of an attempt that is voided is made again',
    file: 'src/target/local/attempt-folder.ts',
    from: "    if (!(await isAsMade(world, folder))) return 'unproven';\n",
    to: '    await files.ensureFolder(folder);\n',
    check: attempts('nothing is made again'),
  },
  {
    name: 'a copy in the place of what an attempt writes to is taken for it',
    file: 'src/target/local/attempt-folder.ts',
    from: "  return (await isReplaced(world, folder)) ? { kind: 'in-doubt', reason: replaced } : known;\n",
    to: '  return known;\n',
    check: attempts('takes nothing from a folder'),
  },
  {
    name: 'a copy from before an attempt began proves that it did not',
    file: 'src/target/local/attempt-made.ts',
    from: '  if (await isReplaced(world, folder)) return false;\n',
    to: '',
    check: attempts('a copy from before it began'),
  },
  {
    name: 'the end of the shell is taken for the end of what was to be ended',
    file: 'src/target/local/attempt-folder.ts',
    from: `  if (toEnd && (world.running.has(folder) || everyOne(await trailOfFolder(world, folder)).length > 0)) {
    return { kind: 'alive' };
  }
`,
    to: '',
    check: unit('test/host/attempts-end.test.ts', 'over only when what it left is'),
  },
  // --- the journal ---
  {
    name: 'the chain is not checked (prev)',
    file: 'src/journal/record.ts',
    from: "  if (prev !== last.sha256) return corrupt('it does not continue the line before it (prev)');\n",
    to: '',
    check: verify,
  },
  {
    name: 'the digest is not checked (sum)',
    file: 'src/journal/record.ts',
    from: "typeof type !== 'string' || !sumHolds(text, sum, ending(type, v))",
    to: "typeof type !== 'string'",
    check: verify,
  },
  {
    name: 'the number is not checked (seq)',
    file: 'src/journal/record.ts',
    from: '  if (seq !== last.seq + 1) return corrupt(`its number is not ${last.seq + 1} (seq)`);\n',
    to: '',
    check: verify,
  },
  {
    name: 'the run is not checked',
    file: 'src/journal/record.ts',
    from: '  if (run !== last.run) return corrupt(`it belongs to another run than ${last.run} (run)`);\n',
    to: '',
    check: verify,
  },
  {
    name: 'writing goes on after a write that failed',
    file: 'src/store/run-journal.ts',
    from: "      this.#status = 'broken';\n",
    to: '',
    check: unit('test/journal/journals.test.ts', 'ends writing for good'),
  },
  {
    name: 'the lock is not taken',
    file: 'src/store/folder/lock.ts',
    from: '      takeExclusive(database);\n',
    to: '',
    check: unit('test/journal/journals.test.ts', 'refuses the second'),
  },
  {
    name: 'a torn tail is cut off without being kept',
    file: 'src/store/folder/recover.ts',
    from: '      await host.files.replace(join(folder, name), tail);\n',
    to: '',
    check: unit('test/journal/journals.test.ts', 'torn tail'),
  },
  {
    name: 'a torn tail is cut off before it is kept',
    file: 'src/store/folder/recover.ts',
    from: `    if (!(await someHolds(host, folder, untold, tail))) {
      const name = \`journal.torn-\${1 + Math.max(0, ...kept.map(numberOf))}\`;
      await host.files.replace(join(folder, name), tail);
      untold.push(name);
    }
    await host.files.truncate(journalPath(folder), end.bytes);
`,
    to: `    await host.files.truncate(journalPath(folder), end.bytes);
    if (!(await someHolds(host, folder, untold, tail))) {
      const name = \`journal.torn-\${1 + Math.max(0, ...kept.map(numberOf))}\`;
      await host.files.replace(join(folder, name), tail);
      untold.push(name);
    }
`,
    check: unit('test/journal/journals.test.ts', 'cannot be kept'),
  },
  {
    name: 'another file in the place of the journal is taken for it',
    file: 'src/store/folder/lease.ts',
    from: '    if (named.identity !== own.identity) return `${path} was replaced by another file while the run was driven`;\n',
    to: '',
    check: unit('test/store/folder.test.ts', ''),
  },
  {
    name: 'a journal that another program changed in place is written on',
    file: 'src/store/folder/lease.ts',
    from: '    if (own.changedMs !== this.#changedMs && !(await this.#leadsTo(head))) {\n',
    to: '    if (own.bytes < 0) {\n',
    check: unit('test/store/folder.test.ts', 'in one byte'),
  },
  // --- the engine ---
  {
    name: 'an effect begins before its event is durable',
    file: 'src/engine/engine.ts',
    from: `    const events = await this.#options.journal.append(drafts);
    this.#state = events.reduce((before, event) => reduce(before, event, this.id), this.#state);
    for (const event of events) this.#perform(event);
`,
    to: `    const before = this.#state;
    const at = this.#options.host.clock.now();
    const early = drafts.map((one, index) => ({ ...one, seq: before.head.seq + 1 + index, at, sha256: '' }));
    this.#state = early.reduce((state, event) => reduce(state, event, this.id), before);
    for (const event of early) this.#perform(event);
    const events = await this.#options.journal.append(drafts);
    this.#state = events.reduce((state, event) => reduce(state, event, this.id), before);
`,
    check: sim,
  },
  {
    name: 'a resumed attempt is started again instead of being asked about',
    file: 'src/engine/performer.ts',
    from: '  if (!recover)\n',
    to: '  if (recover || !recover)\n',
    check: sim,
  },
  {
    name: 'the end of an attempt is written before what it captured',
    file: 'src/run/outcome.ts',
    from: '    ? [...sets, ended]\n',
    to: '    ? [ended, ...sets]\n',
    check: sim,
  },
  {
    name: 'a message is removed from the inbox before it is in the journal',
    file: 'src/engine/engine.ts',
    from: '    await take(events);\n    await this.#inbox.settle(taken);\n',
    to: '    await this.#inbox.settle(taken);\n    await take(events);\n',
    check: sim,
  },
  {
    name: 'the inbox is not emptied as the run ends',
    file: 'src/engine/engine.ts',
    from: '    await this.#takeInbox(async (events) => (events.length > 0 ? this.#append(events) : undefined));\n',
    to: '',
    check: sim,
  },
  {
    name: 'a message that was journaled before a crash is journaled again',
    file: 'src/engine/inbox.ts',
    from: 'const events = known.has(message.id) ? [] : await',
    to: 'const events = known.has("") ? [] : await',
    check: sim,
  },
  {
    name: 'a run that the disk refuses goes on unrecorded',
    file: 'src/engine/engine.ts',
    from: '    const events = await this.#options.journal.append(drafts);\n',
    to: `    const events = await this.#options.journal.append(drafts).catch(() =>
      drafts.map((one, index) => ({ ...one, seq: this.#state.head.seq + 1 + index, at: 0, sha256: '' })),
    );
`,
    check: built('test/resume/disk.test.ts', 'full when a command ends'),
  },
  // --- what is decided ---
  {
    name: 'what is in doubt runs again unasked',
    file: 'src/run/attempts.ts',
    from: "  if (step.effect === 'read' || step.effect === 'idempotent') {\n",
    to: '  if (step.effect !== undefined) {\n',
    check: sim,
  },
  {
    name: 'done_when is not asked before the first attempt',
    file: 'src/run/arriving.ts',
    from: '  if (step.doneWhen === undefined || again) return null;\n',
    to: '  if (step.doneWhen === undefined || again || step.id !== "") return null;\n',
    check: unit('test/run/decide.test.ts', 'done_when true before any attempt'),
  },
  {
    name: 'a done_when that could not be read counts as not done',
    file: 'src/run/arriving.ts',
    from: "visit.doneWhen.unread === 'decision' && changesSomething(arrival)",
    to: 'false',
    check: notKnown('asks instead of running the step'),
  },
  {
    name: 'a read that is lost over and over is begun for ever',
    file: 'src/run/attempts.ts',
    from: 'return lost === null ? only(startAgain(arrival)) : fails(at, lost);',
    to: 'return only(startAgain(arrival));',
    check: notKnown('is repeated twice'),
  },
  {
    name: 'whoever writes a history confirms a target that could not be read at the start',
    file: 'src/run/measured.ts',
    from: 'reference === null && state.targets.length > 0 && rulesOf(state) >= 2',
    to: 'false',
    check: notKnown('is not taken for the right one'),
  },
  {
    name: 'done_when is not asked in doubt',
    file: 'src/run/attempts.ts',
    from: '  if (step.doneWhen !== undefined) {\n    const asked',
    to: '  if (step.doneWhen !== undefined && step.id === "") {\n    const asked',
    check: built('test/resume/in-doubt.test.ts', 'done_when answers'),
  },
  {
    name: 'a step begins before the debt that it opens',
    file: 'src/run/people.ts',
    from: '  const events = [...opensDebt(arrival, found.value.view), start(arrival)];\n',
    to: '  const events = [start(arrival), ...opensDebt(arrival, found.value.view)];\n',
    check: sim,
  },
  {
    name: 'what is jumped over is recorded again after a torn write',
    file: 'src/run/blocks.ts',
    from: '    .filter(({ id }) => !closedSince(state, id, visit.openedSeq))\n',
    to: '',
    check: sim,
  },
  {
    name: 'a rollback begins while an attempt runs',
    file: 'src/run/undo.ts',
    from: '  if (running.length > 0) return { ...idle, ongoing: running, question: holding(state, running) };\n',
    to: '',
    check: unit('test/run/decide.test.ts', 'waits for what runs'),
  },
  {
    name: 'a rollback begins while an outcome is in doubt',
    file: 'src/run/undo.ts',
    from: '  if (doubt !== null) return asks(doubt);\n',
    to: '',
    check: built('test/resume/in-doubt.test.ts', 'rolling back waits for the decision'),
  },
  {
    name: 'undone oldest first',
    file: 'src/run/rollback.ts',
    from: '  return begun.sort((a, b) => b.seq - a.seq);\n',
    to: '  return begun.sort((a, b) => a.seq - b.seq);\n',
    check: sim,
  },
  {
    name: 'an interrupted read is waited for by a process that did not begin it',
    file: 'src/run/reduce.ts',
    from: '    resumes: state.resumes + 1,\n    openProbes: [],\n',
    to: '    resumes: state.resumes + 1,\n',
    check: sim,
  },
  {
    name: 'an adopted document may move what has run',
    file: 'src/run/adopt.ts',
    from: '  const moved = [...new Set([...movedBehind(state, runbook), ...standTwice(runbook)])];\n',
    to: '  const moved = [...new Set([...standTwice(runbook)])];\n',
    check: built('test/resume/documents.test.ts', 'lacks or moves'),
  },
  {
    name: 'adopting leaves the approvals of the old document valid',
    file: 'src/run/reduce.ts',
    from: 'valid: false, staleSeq: approval',
    to: 'staleSeq: approval',
    check: built('test/resume/documents.test.ts', 'adopting voids the approvals'),
  },

  // --- one target, many runs ---
  {
    name: 'who asks for a rollback permits it over the run itself, or for no reason',
    file: 'src/run/holds.ts',
    from: "  return isAskedFor && data.over !== state.id && data.reason.trim() !== '';\n",
    to: '  return isAskedFor;\n',
    check: unit('test/run/holds.test.ts', 'a rollback is not permitted'),
  },
  {
    name: 'a rollback is permitted that nobody asked for',
    file: 'src/run/holds.ts',
    from: '  return isAskedFor && data.over',
    to: '  return data.over',
    check: unit('test/run/holds.test.ts', 'that nobody asked for'),
  },
  {
    name: 'a rollback goes over any newer run once one was permitted',
    file: 'src/run/holds.ts',
    from: 'newest === undefined || newest.run === state.holding.permitted;',
    to: 'newest === undefined || state.holding.permitted !== null;',
    check: unit('test/run/holds.test.ts', 'says at once over which run'),
  },
  {
    name: 'a change begins while the target is asked for',
    file: 'src/run/holds.ts',
    from: '    return asked ? asks(heldQuestion(headOf(arrival, view), claim)) : idle;\n',
    to: '    return asked ? asks(heldQuestion(headOf(arrival, view), claim)) : null;\n',
    check: unit('test/run/holds.test.ts', 'only when the target is held'),
  },
  {
    name: 'what earlier runs left open is passed over',
    file: 'src/run/holds.ts',
    from: '  return openOwed(state).length === 0 ? null :',
    to: '  return openOwed(state).length >= 0 ? null :',
    check: unit('test/run/holds.test.ts', 'what earlier runs left open'),
  },

  {
    name: 'a process that resumes takes the target for held',
    file: 'src/run/holds.ts',
    from: '  if (!held.some((one) => isSameTarget(one, target))) return true;\n',
    to: '  if (!held.some((one) => isSameTarget(one, target))) return state.resumes === 0;\n',
    check: twoRuns,
  },
  {
    name: 'two look at one target at the same time',
    file: 'src/store/folder/claims.ts',
    from: '  const lock = await lockOf(parts, join(state, FOLDER, `${target}.db`));\n',
    to: '  const lock = parts.state === "" ? await lockOf(parts, FOLDER) : { release: () => {} };\n',
    check: twoRuns,
  },
  {
    name: 'nobody is told that another run goes on beside it',
    file: 'src/engine/claims.ts',
    from: '  await tellThose(others, state());\n',
    to: '',
    check: twoRuns,
  },

  // --- time goes both ways ---
  {
    name: 'a gate is passed again by doing it again',
    file: 'src/run/redo.ts',
    from: "  if (step.effect === 'gate') return `${step.id} is a gate",
    to: "  if (step.effect === 'gate' && step.id === '') return `${step.id} is a gate",
    check: redo('a gate, and a choice'),
  },
  {
    name: 'a choice that led elsewhere is made again behind the back of the run',
    file: 'src/run/redo.ts',
    from: "  if (step.flow === 'choose' && step",
    to: "  if (step.flow !== 'choose' && step",
    check: redo('a gate, and a choice'),
  },
  {
    name: 'what is under way is begun a second time',
    file: 'src/run/redo.ts',
    from: '  if (openVisit(step) !== null) return `${id} is under way',
    to: '  if (openVisit(step) === undefined) return `${id} is under way',
    check: redo('what is under way'),
  },
  {
    name: 'what is undone is done again',
    file: 'src/run/redo.ts',
    from: '  if (state.rollback !== null || state.rollbackRequested !== null)\n',
    to: "  if (state.rollback !== null && state.id === '')\n",
    check: redo('once the run has ended or is rolled back'),
  },
  {
    name: 'what is done again begins beside what runs',
    file: 'src/run/redo.ts',
    from: '  return running.length === 0 ? null :',
    to: '  return running.length >= 0 ? null :',
    check: redo('begins when nothing runs'),
  },
  {
    name: 'a rollback forgets what was to be done again',
    file: 'src/run/undo.ts',
    from: '[...closesOpenVisits(state), ...leavesRedos(state)]',
    to: '[...closesOpenVisits(state), ...leavesRedos(state).slice(1)]',
    check: redo('leaves it as it is'),
  },
  {
    name: 'what is done again is not done before the run goes on',
    file: 'src/run/decide.ts',
    from: '  if (redone !== null) return beforeRedo',
    to: '  if (redone !== null && state.id === "") return beforeRedo',
    check: redo('that step alone'),
  },
  {
    name: 'only the newest visit is undone',
    file: 'src/run/rollback.ts',
    from: '  return begun.sort((a, b) => b.seq - a.seq);\n',
    to: `  const newest = begun.sort((a, b) => b.seq - a.seq);
  return newest.filter(({ place }, at) => newest.findIndex((one) => one.place === place) === at);
`,
    check: redo('every visit, newest first'),
  },
  {
    name: 'a value of a run that has ended is corrected',
    file: 'src/run/correct.ts',
    from: '  if (state.endedAt !== null) return',
    to: '  if (state.endedAt === 0) return',
    check: correct('of a run that has ended'),
  },
  {
    name: 'nobody is told what had used the value before',
    file: 'src/run/correct.ts',
    from: '    if (acted && usesOf(step, name)) return [step.id];\n',
    to: '',
    check: correct('names the steps that had used'),
  },
  {
    name: 'whatever ran counts as having used the value',
    file: 'src/run/correct.ts',
    from: '    if (acted && usesOf(step, name)) return [step.id];\n',
    to: '    if (acted) return [step.id];\n',
    check: correct('names the steps that had used'),
  },
  {
    name: 'consent outlives the value that it was given on',
    file: 'src/run/correct.ts',
    from: '(approval) => approval.staleSeq === null && since',
    to: '(approval) => approval.staleSeq === 0 && since',
    check: correct('has consent that counts no more'),
  },
  {
    name: 'a gate that passed on a corrected value is not passed anew',
    file: 'src/run/approvals.ts',
    from: '  return restedOnCorrected(state, closedSeq, until);\n',
    to: '  return restedOnCorrected(state, closedSeq, 0);\n',
    check: correct('is not approved again'),
  },
  {
    name: 'the engine corrects a value by itself',
    file: 'src/run/correct.ts',
    from: "  if (actor.via === 'engine') return 'only a person corrects a variable';\n",
    to: '',
    check: correct('is a decision of a person'),
  },
  {
    name: 'a record of a correction hides what had used the value',
    file: 'src/run/correct.ts',
    from: '  return due !== undefined && isSame(due.data, data) ?',
    to: '  return due !== undefined && due.data !== data ?',
    check: correct('is a decision of a person'),
  },

  // --- numbers that the rules rest on ---
  {
    name: 'items of a checklist run 400 at a time',
    file: 'src/run/checklists.ts',
    from: 'const PROCESSES_AT_ONCE = 4;',
    to: 'const PROCESSES_AT_ONCE = 400;',
    check: bounds('four of those that take a process'),
  },
  {
    name: 'a gate is looked at again inside a rollback',
    file: 'src/run/arriving.ts',
    from: "  if (!changesSomething(arrival) || mode === 'rollback') return null;\n",
    to: '  if (!changesSomething(arrival) || mode === step.id) return null;\n',
    check: bounds('goes on over a gate that has gone stale'),
  },
  {
    name: 'an attempt that never ran counts as a try',
    file: 'src/run/visited.ts',
    from: '        tries: visit.tries - 1,\n',
    to: '',
    check: bounds('is no try'),
  },
  {
    name: 'the answers of a list serve the visit before',
    file: 'src/engine/answers.ts',
    from: 'return Math.max(this.#next.get(as) ?? 0, visit - 1);',
    to: 'return Math.max(this.#next.get(as) ?? 0, visit - 2);',
    check: bounds('gives each visit the one of its number'),
  },
  {
    name: 'the answers of a list serve the visit after',
    file: 'src/engine/answers.ts',
    from: 'return Math.max(this.#next.get(as) ?? 0, visit - 1);',
    to: 'return Math.max(this.#next.get(as) ?? 0, visit);',
    check: bounds('gives each visit the one of its number'),
  },
  {
    name: 'the answers to an item serve the look after',
    file: 'src/engine/answers.ts',
    from: 'return answers[visit - 1] ??',
    to: 'return answers[visit] ??',
    check: bounds('gives each look at an item'),
  },
];

/** How the sources of `mutant` read; throws when its text does not stand in them exactly once. */
export function mutated({ name, file, from, to }: Mutant): string {
  const parts = readFileSync(join(root, file), 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`"${name}": its text stands ${parts.length - 1} times in ${file}, not once`);
  return parts.join(to);
}

/** A copy of the checkout to put faults into. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'gonogo-mutants-'));

  constructor() {
    for (const name of ['src', 'test', '.ci', 'package.json', 'tsconfig.json', 'runbooks', 'checklists']) {
      cpSync(join(root, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Whether the check of `mutant` fails in its presence. */
  async notices(mutant: Mutant): Promise<boolean> {
    const path = join(this.folder, mutant.file);
    const text = mutated(mutant);
    writeFileSync(path, text);
    try {
      return !(await this.passes(mutant.check));
    } finally {
      cpSync(join(root, mutant.file), path);
    }
  }

  /** Whether `check` passes on the copy as it is. */
  async passes(check: Check): Promise<boolean> {
    if (check.kind === 'sim') return (await this.#node('test/sim/sweep.ts', '1', '4000')) === 0;
    if (check.kind === 'built' && (await this.#node('.ci/build.ts')) !== 0) throw new Error('the copy cannot be built');
    const name = check.name === '' ? [] : ['-t', check.name];
    const vitest = join(this.folder, 'node_modules/vitest/vitest.mjs');
    const config = slow.some((pattern) => matchesGlob(check.file, pattern)) ? 'slow' : 'vitest';
    return (await this.#node(vitest, 'run', '--config', `test/${config}.config.ts`, check.file, ...name)) === 0;
  }

  #node(...args: readonly string[]): Promise<number> {
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: 'ignore', timeout: 180_000 });
    return new Promise((done) => {
      child.on('exit', (code) => done(code ?? 1));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The checks of `wanted` that fail on a copy without a fault, where all should pass. */
export async function soundness(wanted: readonly Mutant[]): Promise<readonly string[]> {
  const checks = new Map(wanted.map(({ check }) => [checkText(check), check]));
  const workshop = new Workshop();
  const failing: string[] = [];
  for (const [text, check] of checks) if (!(await workshop.passes(check))) failing.push(text);
  workshop.remove();
  return failing;
}

/** Tries every mutant of `wanted`; says one line each and returns the names of those that nobody noticed. */
export async function hunt(wanted: readonly Mutant[], say: (line: string) => void): Promise<readonly string[]> {
  const left = [...wanted];
  const missed: string[] = [];
  const work = async (): Promise<void> => {
    const workshop = new Workshop();
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const noticed = await workshop.notices(mutant);
      if (!noticed) missed.push(mutant.name);
      say(`${noticed ? 'noticed ' : 'MISSED  '} ${mutant.name} (${checkText(mutant.check)})`);
    }
    workshop.remove();
  };
  await Promise.all([work(), work()]);
  return missed;
}

function checkText(check: Check): string {
  return check.kind === 'sim' ? 'test/sim' : `${check.file}${check.name === '' ? '' : `: ${check.name}`}`;
}

if (process.argv[1] === import.meta.filename) {
  const words = process.argv[2] ?? '';
  const missed = await hunt(
    mutants.filter(({ name }) => name.includes(words)),
    (line) => console.log(line),
  );
  console.log(`${missed.length} went unnoticed`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
