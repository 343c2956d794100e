/** Drill files on the disk: beside which runbook one stands, and what it says. */
import { existsSync } from 'node:fs';
import { actions } from '../actions/registry.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Runbook } from '../runbook/document.ts';
import { DRILL_ENDING, type DrillFile, drillPathOf, parseDrillFile } from '../runbook/drill-file.ts';
import type { SourceText } from '../runbook/source.ts';
import { quotable, readText } from './read-document.ts';
import { Refusal } from './refusal.ts';

/** The drill file beside a runbook, as its text. */
export interface DrillSource {
  readonly source: SourceText;
  readonly file: DrillFile;
  readonly warnings: readonly Diagnostic[];
}

/** The runbook that `path` names: a drill file stands for the one beside it. Throws `Refusal` `unreadable` where there is none. */
export function runbookOf(path: string): string {
  if (!path.endsWith(DRILL_ENDING)) return path;
  const stem = path.slice(0, -DRILL_ENDING.length);
  const found = [`${stem}.yaml`, `${stem}.yml`].find((one) => existsSync(one));
  if (found !== undefined) return found;
  const why = `this is a drill file, and there is no runbook ${stem}.yaml beside it`;
  throw new Refusal({ code: 'unreadable', path, why }, `${path}: ${why}`);
}

/** The drill file beside the runbook `file`; null: there is none. Throws `Refusal` `bad-document`. */
export function readDrill(file: string, runbook: Runbook): DrillSource | null {
  const path = drillPathOf(file);
  if (!existsSync(path)) return null;
  const source = readText(path);
  const { diagnostics, file: read } = parseDrillFile(source, runbook, actions);
  if (read !== null) return { source, file: read, warnings: diagnostics };
  const texts = quotable([source]);
  const message = `${path}: ${diagnostics.length} ${diagnostics.length === 1 ? 'problem' : 'problems'}; nothing was rehearsed`;
  throw new Refusal({ code: 'bad-document', file: path, diagnostics, texts }, message);
}
