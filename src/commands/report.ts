/** `gonogo report RUN`: writes the run's report. */
import { join, resolve } from 'node:path';
import { visible } from '../diagnostics/sanitise.ts';
import type { Files } from '../host/host.ts';
import { buildReport } from '../report/build.ts';
import { renderHtml } from '../report/html.ts';
import { renderJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { type Io, openWorld, type ReadRun, readRun, type StateOptions, UsageError, type World } from './command.ts';

export interface ReportOptions extends StateOptions {
  /** Folder to write to; the run's own `report/` unless given. */
  readonly out?: string | undefined;
  /** Comma-separated: md, html, json. */
  readonly format?: string | undefined;
}

const renderers = {
  md: { file: 'report.md', render: renderMarkdown },
  html: { file: 'report.html', render: renderHtml },
  json: { file: 'report.json', render: renderJson },
} as const;
type Format = keyof typeof renderers;

/** Writes the report of `name` and prints the paths. */
export async function report(name: string, options: ReportOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const formats = formatsOf(options.format);
  const run = await readRun(world, name);
  const folder = options.out === undefined ? join(run.folder, 'report') : resolve(world.host.machine.cwd, options.out);
  for (const path of await writeReport(world, run, folder, formats)) io.stdout(`${visible(path)}\n`);
  return 0;
}

/** Writes the report files, the journal and the pinned documents into `folder`; returns the paths of the reports. */
export async function writeReport(
  world: World,
  run: ReadRun,
  folder: string,
  formats: readonly Format[] = ['md', 'html', 'json'],
): Promise<readonly string[]> {
  const { files } = world.host;
  const model = buildReport(run.state, run.events);
  await files.ensureFolder(folder);
  const paths: string[] = [];
  for (const format of formats) {
    const { file, render } = renderers[format];
    const path = join(folder, file);
    await files.replace(path, new TextEncoder().encode(render(model)));
    paths.push(path);
  }
  await copyRecords(files, run, folder);
  return paths;
}

/** The bytes that the report rests on: the journal up to its head, and the documents. */
async function copyRecords(files: Files, run: ReadRun, folder: string): Promise<void> {
  const journal = await files.read(join(run.folder, 'journal.jsonl'));
  await files.replace(join(folder, 'journal.jsonl'), upToLine(journal, run.head.seq));
  await files.ensureFolder(join(folder, 'documents'));
  for (const { sha256 } of run.state.documents) {
    const bytes = await files.read(join(run.folder, 'documents', `${sha256}.yaml`));
    await files.replace(join(folder, 'documents', `${sha256}.yaml`), bytes);
  }
}

/** The first `lines` lines of `bytes`. */
function upToLine(bytes: Uint8Array, lines: number): Uint8Array {
  let end = 0;
  for (let line = 0; line < lines; line += 1) {
    const at = bytes.indexOf(10, end);
    if (at < 0) return bytes;
    end = at + 1;
  }
  return bytes.subarray(0, end);
}

function formatsOf(given: string | undefined): readonly Format[] {
  const names = (given ?? 'md,html,json').split(',').map((name) => name.trim());
  return names.map((name) => {
    if (name === 'md' || name === 'html' || name === 'json') return name;
    throw new UsageError(`--format ${name}: the formats are md, html, json`);
  });
}
