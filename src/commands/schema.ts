/** `gonogo schema runbook|checklist|drill`: the JSON Schema of a kind of document, for editors. */
import { actions } from '../actions/registry.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { checklistJsonSchema, drillJsonSchema, runbookJsonSchema } from '../runbook/json-schema.ts';
import { type Io, printJson, UsageError } from './command.ts';

/** Prints the schema of `kind`. Throws `UsageError` for anything but `runbook`, `checklist` and `drill`. */
export async function schema(kind: string, io: Io): Promise<number> {
  switch (kind) {
    case 'runbook':
      printJson(io, runbookJsonSchema(actions));
      return exitCodes.done;
    case 'checklist':
      printJson(io, checklistJsonSchema(actions));
      return exitCodes.done;
    case 'drill':
      printJson(io, drillJsonSchema());
      return exitCodes.done;
    default:
      throw new UsageError(`there is no schema of ${kind}: use runbook, checklist or drill`);
  }
}
