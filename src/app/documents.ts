/** The documents that can be started from where this process stands. */
import { join, resolve } from 'node:path';
import { renderDiagnostic } from '../diagnostics/render.ts';
import { HostError } from '../host/host.ts';
import type { Runbook } from '../runbook/document.ts';
import { demoIn, shippedFolder } from './package-folder.ts';
import { readDocument } from './read-document.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** A document. `path` is relative to the current folder; absolute for an example. `problem`, non-null: it has errors, and the first of them. */
export interface FoundDocument {
  readonly kind: Runbook['kind'];
  /** `example`, `demo`: they come with gonogo. */
  readonly place: 'here' | 'example' | 'demo';
  readonly path: string;
  readonly title: string;
  readonly problem: string | null;
}

/** More files of a folder than this are not looked into for documents. */
const filesMax = 200;
const firstBytes = 4096;
const firstTitle = /^runbook: (.+)$/m;
const firstKey = /^(?:[ \t]*(?:#[^\n]*)?\n|---[^\n]*\n)*(runbook|checklist)[ \t]*:/;

/**
 * The documents of the current folder, of `./runbooks` and of `./checklists`, runbooks first and each by path; then the runbooks and
 * examples that come with gonogo, unless the current folder is its own.
 */
export async function findDocuments({ host }: Pick<World, 'host'>): Promise<readonly FoundDocument[]> {
  const { cwd } = host.machine;
  const own = [
    ...(await documentsIn(host, cwd, '.', 'here')),
    ...(await documentsIn(host, cwd, 'runbooks', 'here')),
    ...(await documentsIn(host, cwd, 'checklists', 'here')),
  ];
  const shipped = shippedFolder();
  const kinds = (['runbook', 'checklist'] as const).flatMap((kind) => own.filter((one) => one.kind === kind));
  return [...kinds, ...(shipped === null ? [] : await documentsOf(host, shipped))];
}

/** What comes with gonogo: the demo, the releases of whole systems, the examples. Its own release is nobody else's. */
async function documentsOf(host: World['host'], shipped: string): Promise<readonly FoundDocument[]> {
  const demo = await titled(host, demoIn(shipped));
  const folders = shipped === host.machine.cwd ? [] : ['runbooks', 'runbooks/examples'];
  const examples: FoundDocument[] = [];
  for (const folder of folders) examples.push(...(await shippedIn(host, join(shipped, folder))));
  const others = [demoIn(shipped), join(shipped, 'runbooks/gonogo-release.yaml')];
  const offered = { place: 'demo', title: 'A release of a small real service' } as const;
  return [
    ...(demo === null ? [] : [{ ...demo, ...offered }]),
    ...examples.filter(({ path }) => !others.includes(path)),
  ];
}

/** The runbooks of a folder that comes with gonogo. */
async function shippedIn(host: World['host'], folder: string): Promise<readonly FoundDocument[]> {
  const names = (await host.files.list(folder).catch(orNone)).filter((one) => one.endsWith('.yaml'));
  const found: FoundDocument[] = [];
  for (const name of names) {
    const document = await titled(host, join(folder, name));
    if (document !== null) found.push(document);
  }
  return found;
}

/** A runbook that comes with gonogo. It is right, and compiling all of them takes seconds: only its title is read. Null: it is none. */
async function titled({ files }: World['host'], path: string): Promise<FoundDocument | null> {
  const start = await files.readRange(path, 0, firstBytes).catch(() => new Uint8Array());
  const title = firstTitle.exec(new TextDecoder().decode(start))?.[1];
  return title === undefined ? null : { kind: 'runbook', place: 'example', path, title, problem: null };
}

async function documentsIn(
  { files }: World['host'],
  base: string,
  folder: string,
  place: FoundDocument['place'],
): Promise<readonly FoundDocument[]> {
  const full = resolve(base, folder);
  const names = (await files.list(full).catch(orNone)).filter((name) => /\.ya?ml$/.test(name));
  const found: FoundDocument[] = [];
  for (const name of names.slice(0, filesMax)) {
    const start = await files.readRange(join(full, name), 0, firstBytes).catch(() => new Uint8Array());
    const kind = firstKey.exec(new TextDecoder().decode(start))?.[1];
    if (kind === 'runbook' || kind === 'checklist') found.push(await describe(kind, place, join(folder, name)));
  }
  return found;
}

/** A folder that is not there or may not be read offers nothing. */
function orNone(error: unknown): readonly string[] {
  if (error instanceof HostError) return [];
  throw error;
}

async function describe(
  kind: FoundDocument['kind'],
  place: FoundDocument['place'],
  path: string,
): Promise<FoundDocument> {
  try {
    const { runbook } = await readDocument(path);
    return { kind, place, path, title: runbook.title, problem: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind, place, path, title: path, problem: firstProblem(error, path) };
  }
}

function firstProblem({ facts, message }: Refusal, path: string): string {
  const first = facts.code === 'bad-document' ? facts.diagnostics[0] : undefined;
  if (first === undefined) return message;
  const [line = ''] = renderDiagnostic(first, null).split('\n');
  return `${line}; gonogo check ${path} shows all`;
}
