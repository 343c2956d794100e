/**
 * The commands as they ran: every attempt with the text that it had then, in the order in which they began.
 *
 * Invariants:
 * - A text is that of the document that held when the attempt began, with the values of that moment; what a document or a
 *   variable became later changes nothing of it.
 * - An attempt that never began is not here, and no secret is.
 */
import type { DataOf, RunEvent } from '../run/event.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import { reduce } from '../run/reduce.ts';
import { noSecrets, viewOf } from '../run/scope.ts';
import type { RunState } from '../run/state.ts';
import { commandOf, noActions, runsCommand, variablesRead } from './fill.ts';
import { onHost } from './hosts.ts';
import type { Commands } from './model.ts';
import { key, resultText } from './visits.ts';

type Line = Commands['lines'][number];

/** Every attempt at a command, undos among them; items of a checklist are not. */
export function commandsAsRun(events: readonly RunEvent[], run: string): Commands {
  const lines = new Map<string, Line>();
  let state: RunState | null = null;
  for (const event of events) {
    state = reduce(state, event, run);
    switch (event.type) {
      case 'step.started': {
        const line = lineOf(state, event.data, event.at);
        if (line !== null) lines.set(placeOf(event.data), line);
        break;
      }
      case 'attempt.voided':
        lines.delete(placeOf(event.data));
        break;
      case 'attempt.ended':
        settle(lines, event.data, resultText(event.data.exit, event.data.status) ?? 'failed');
        break;
      case 'attempt.in_doubt':
        settle(lines, event.data, 'in doubt');
        break;
      default:
    }
  }
  return { variables: [], lines: [...lines.values()] };
}

function placeOf({ step, attempt }: { readonly step: string; readonly attempt: number }): string {
  return key(step, attempt);
}

function settle(lines: Map<string, Line>, at: { readonly step: string; readonly attempt: number }, result: string) {
  const line = lines.get(placeOf(at));
  if (line !== undefined) lines.set(placeOf(at), { ...line, result });
}

function lineOf(state: RunState, { step: id, attempt }: DataOf<'step.started'>, at: number): Line | null {
  const body = bodyOf(state.runbook, id);
  const isItem = outlineOf(state.runbook).places.get(id)?.step.item !== undefined;
  if (body === null || isItem || !runsCommand(body.action)) return null;
  const visit = state.steps.get(id)?.visits.at(-1) ?? null;
  const command = commandOf(state, body, id, visit);
  const variables = valuesFor(state, id, command);
  return { step: id, ...onHost(state, id, visit), attempt, at, command, result: 'no outcome recorded', variables };
}

/** What the command reads of the run's variables, as it saw them. */
function valuesFor(state: RunState, id: string, command: string): Commands['variables'] {
  const visit = state.steps.get(id)?.visits.at(-1) ?? null;
  const seen = viewOf({ state, specs: noActions, secrets: noSecrets }, id, visit, null);
  if (!seen.ok) return [];
  const { texts, bindings } = seen.value;
  return variablesRead(state, [command]).flatMap((name) => {
    const value = texts.get(name);
    return value === undefined || Object.hasOwn(bindings, name) ? [] : [{ name, value }];
  });
}
