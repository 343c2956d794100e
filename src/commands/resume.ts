/** `gonogo resume [RUN]`: goes on with a run where it stands, also in the middle of a rollback. */
import type { DocumentChange } from '../app/changed-documents.ts';
import { putBack } from '../app/put-back.ts';
import {
  type AboutChanges,
  changesSince,
  type Resumed,
  type ResumeRequest,
  resume as resumeRun,
} from '../app/resume.ts';
import type { World } from '../app/world.ts';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodeOf } from '../engine/exit-code.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { askLine } from './ask-line.ts';
import { type Io, openWorld, type StateOptions, UsageError } from './command.ts';
import { assertSaid, type DriveOptions, drive, isGuided } from './drive.ts';
import { takingOverOf } from './taking-over.ts';

export interface ResumeOptions extends StateOptions, DriveOptions {
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Why changed documents are adopted. */
  readonly adopt?: string | undefined;
  /** Why the run is taken over from whoever drives it elsewhere. */
  readonly takeOver?: string | undefined;
}

/** Goes on with `run` (an id, a unique part of one, or `latest`). An ended run: says its result and exits with its code. */
export async function resume(run: string, options: ResumeOptions, io: Io): Promise<number> {
  const { answers, operator } = options;
  assertSaid(options);
  const world = await openWorld(options);
  for (const line of await putBack(world, run)) io.stderr(`${visibleLine(line)}\n`);
  const guided = isGuided(options, io);
  const takingOver = await takingOverOf(world, { run, guided, answers, reason: options.takeOver }, io);
  const request = { run, guided, answers, operator, takingOver };
  const resumed = await decided(world, request, options.adopt, io);
  switch (resumed.kind) {
    case 'ended':
      io.stdout(`${visible(outcomeSentence(resumed.state))}\n`);
      return exitCodeOf(resumed.state);
    case 'changed':
      throw new Error('changed documents were decided about and came back');
    case 'opened':
      for (const name of resumed.kept) {
        io.stderr(
          `variable ${name} keeps the value that it was set to; gonogo set ${resumed.session.id} gives it another\n`,
        );
      }
      for (const step of resumed.asTheyWere) {
        io.stderr(`step ${step} keeps the text that it had: it is done, or runs; its new one was not adopted\n`);
      }
      for (const step of resumed.inPlace.missing) {
        io.stderr(`step ${step} stays: it has begun, and the changed document lacks it; that was not adopted\n`);
      }
      for (const step of resumed.inPlace.moved) {
        io.stderr(`step ${step} stays where it was: the run is past it; its new place was not adopted\n`);
      }
      return drive(world, resumed, options, io);
  }
}

type Request = Omit<ResumeRequest, 'changes'>;

/** Shows what changed and asks, or takes `--adopt` for the answer. */
async function decided(world: World, request: Request, adopt: string | undefined, io: Io): Promise<Resumed> {
  if (adopt?.trim() === '') throw new UsageError('--adopt: the reason is empty; say why the changed document is taken');
  if (adopt !== undefined) {
    const changes = await changesSince(world, request.run);
    tellChanges(
      changes.filter(({ kind }) => kind === 'changed'),
      io,
    );
    return resumeRun(world, { ...request, changes: aboutChanges(adopt, request.guided, io) });
  }
  const asked = await resumeRun(world, { ...request, changes: { kind: 'ask' } });
  if (asked.kind === 'opened') for (const path of asked.gone) tellGone(path, io);
  if (asked.kind !== 'changed') return asked;
  tellChanges(asked.changes, io);
  const reason = request.guided ? ((await askLine(reasonQuestion)) ?? '') : '';
  return resumeRun(world, { ...request, changes: aboutChanges(reason, request.guided, io) });
}

const reasonQuestion = 'Reason to adopt it for the steps that have not passed (empty: go on with the pinned one): ';

/** A blank reason goes on with what is pinned. */
function aboutChanges(reason: string, guided: boolean, io: Io): AboutChanges {
  if (reason.trim() !== '') return { kind: 'adopt', reason };
  const hint = guided ? '' : '; hint: resume with --adopt REASON takes the changed one';
  io.stderr(`going on with the pinned text${hint}\n`);
  return { kind: 'pinned' };
}

const signs = { same: ' ', gone: '-', new: '+', cut: ' ' } as const;

function tellChanges(changes: readonly DocumentChange[], io: Io): void {
  for (const change of changes) {
    if (change.kind === 'gone') tellGone(change.path, io);
    else {
      io.stderr(`${visibleLine(change.path)} has changed since the run began:\n`);
      for (const { kind, text } of change.lines) io.stderr(`${signs[kind]} ${visibleLine(text)}\n`);
    }
  }
}

function tellGone(path: string, io: Io): void {
  io.stderr(`${visibleLine(path)} cannot be read any more; the run goes on with its pinned copy\n`);
}
