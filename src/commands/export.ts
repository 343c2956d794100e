/** `gonogo export FILE.yaml`: the document as documentation on stdout. */
import { exportDocument } from '../app/export-document.ts';
import { exitCodes } from '../engine/exit-code.ts';
import type { Io } from './command.ts';

/** Prints Markdown, or with `--html` one page to print. */
export async function exportFile(
  file: string,
  options: { readonly html?: boolean | undefined },
  io: Io,
): Promise<number> {
  io.stdout(await exportDocument(file, options.html === true ? 'html' : 'markdown'));
  return exitCodes.done;
}
