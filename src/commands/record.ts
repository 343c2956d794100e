/** `gonogo record --out FILE`: a shell session as a runbook. */
import { finishRecording, isCutOff, recordShell } from '../app/record.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { counted } from '../report/words.ts';
import { type Io, UsageError } from './command.ts';

/** Records a session and writes `out`; one that was cut off is finished instead. Exit 1: no command was kept. */
export async function record(out: string, io: Io): Promise<number> {
  const name = visibleLine(out);
  if (isCutOff(out)) io.stderr(`The session for ${name} was cut off: the runbook is made of what it holds.\n`);
  else {
    if (!io.terminal) throw new UsageError('record needs a terminal: it gives you a shell to work in');
    io.stderr('You are in a shell that is recorded. keep [TITLE] makes a step of the command before; exit ends it.\n');
    await recordShell(out);
  }
  const { steps, commands, notes } = finishRecording(out);
  if (steps === 0) {
    io.stderr(`none of ${counted(commands, 'command')} was kept, so there is no runbook; nothing was written\n`);
    return exitCodes.failed;
  }
  for (const { line, message } of notes)
    io.stderr(`${line === 0 ? name : `command ${line}`}: ${visibleLine(message)}\n`);
  io.stderr(`${name}: ${counted(steps, 'step')} of ${counted(commands, 'command')}\n`);
  io.stderr(`next: gonogo check ${name}, then gonogo run ${name}\n`);
  return exitCodes.done;
}
