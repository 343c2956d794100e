/**
 * The verbs that people tell and hand over a run with.
 *
 * Invariant: a verb's module is loaded only when it is called.
 */
import type { Command } from 'commander';
import { collect, type Verbs } from './document-verbs.ts';

/** What every message to a run takes. */
export interface Sending {
  operator?: string;
  state?: string;
}

/** The options of a message. */
export function sending(command: Command): Command {
  return command.option('--operator <name>', 'who says so').option('--state <place>', 'state folder or postgres://…');
}

/** Adds them to `program`. */
export function addIncidentVerbs(program: Command, { act, io }: Verbs): void {
  sending(program.command('note <run> <text>').description('add a note from another terminal'))
    .option('--step <id>', 'the step that it is about')
    .option('--at <time>', 'when it happened, where it is told later: 03:12 by the clock here, or ISO 8601')
    .option('--corrects <record>', 'the number of the record that it puts right, as show says it')
    .action(
      act(async (run: string, text: string, options: Sending & { step?: string; at?: string; corrects?: string }) =>
        (await import('./send.ts')).note(run, text, options, io),
      ),
    );
  program
    .command('brief <run>')
    .description('a status text to paste: what, since when, impact, doing now, next update')
    .option('--for <audience>', 'internal (as it is without this) or customers')
    .option('--json', 'what it says as JSON')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (run: string, options: { for?: string; json?: boolean; state?: string }) =>
        (await import('./brief.ts')).brief(run, options, io),
      ),
    );
  sending(
    program
      .command('handover <run>')
      .description('hand the run over, take it over, or see what whoever takes it has to know'),
  )
    .option('--to <name>', 'offer it to them; until they take it nothing changing begins')
    .option('--note <text>', 'what they should know')
    .option('--take', 'take the run that is offered to you (--operator)')
    .option('--read <id>', 'an id that you read back: of each step in doubt, and of each debt', collect, [])
    .action(
      act(async (run: string, options: Sending & { to?: string; note?: string; take?: boolean; read: string[] }) =>
        (await import('./handover.ts')).handover(run, options, io),
      ),
    );
}
