/** `gonogo fmt FILE…`: documents in their usual layout, comments kept. */
import { formatFile, writeFormatted } from '../app/export-document.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, UsageError } from './command.ts';

/**
 * Formats `files` in place; `-` reads standard input and prints. With `--check` nothing is written: resolves with 1 when a file
 * is not formatted, and names it.
 */
export async function fmt(
  files: readonly string[],
  options: { readonly check?: boolean | undefined },
  io: Io,
): Promise<number> {
  if (files.includes('-') && files.length > 1) throw new UsageError('- stands alone: it is standard input');
  const formatted = files.map(formatFile);
  const changed = formatted.filter((file) => file.changed);
  if (options.check === true) {
    for (const { path } of changed) io.stdout(`${visibleLine(path)}\n`);
    return changed.length === 0 ? exitCodes.done : exitCodes.failed;
  }
  for (const file of formatted) {
    if (file.path === '-') io.stdout(file.text);
    else {
      writeFormatted(file);
      if (file.changed) io.stderr(`formatted ${visibleLine(file.path)}\n`);
    }
  }
  return exitCodes.done;
}
