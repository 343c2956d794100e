/** `gonogo report RUN`: writes the run's report, signs it, bundles it with its evidence. */
import { makeReport } from '../app/report.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Format, formats } from '../signing/report-layout.ts';
import { type Io, openWorld, type StateOptions, UsageError } from './command.ts';

export interface ReportOptions extends StateOptions {
  /** Folder to write to; the run's own `report/` unless given. */
  readonly out?: string | undefined;
  /** Comma-separated: md, html, json, comment. */
  readonly format?: string | undefined;
  /** A key file, its `.pub` file, or `SHA256:…` of a key in ssh-agent. */
  readonly sign?: string | undefined;
  /** Archive to write. */
  readonly bundle?: string | undefined;
}

/** Writes the report of `run` and prints the paths of what it wrote. */
export async function report(run: string, options: ReportOptions, io: Io): Promise<number> {
  const { out: folder, format, sign: key = null, bundle = null } = options;
  const chosen = format === undefined ? null : formatsOf(format);
  const made = await makeReport(await openWorld(options), { run, folder, formats: chosen, key, bundle });
  if (made.signedBefore) io.stderr('the report is signed and unchanged since\n');
  for (const path of made.paths) io.stdout(`${visible(path)}\n`);
  if (made.signer !== null && made.signature !== null) {
    const { fingerprint, type } = made.signer.publicKey;
    io.stderr(`signed with ${fingerprint} (${type})\n`);
  }
  if (made.bundle !== null) io.stdout(`${visible(made.bundle)}\n`);
  return exitCodes.done;
}

function formatsOf(given: string): readonly Format[] {
  const names = given.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const format = formats.find((one) => one === name);
    if (format === undefined) throw new UsageError(`--format ${name}: the formats are ${formats.join(', ')}`);
    return format;
  });
}
