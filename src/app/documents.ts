/** The documents that can be started from where this process stands. */
import { join } from 'node:path';
import { renderDiagnostic } from '../diagnostics/render.ts';
import { HostError } from '../host/host.ts';
import type { Runbook } from '../runbook/document.ts';
import { readDocument } from './read-document.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** A document. `path` is relative to the current folder. `problem`, non-null: it has errors, and the first of them. */
export interface FoundDocument {
  readonly kind: Runbook['kind'];
  readonly path: string;
  readonly title: string;
  readonly problem: string | null;
}

/** The runbooks of `./runbooks`, then the checklists of `./checklists`, each by path. */
export async function findDocuments({ host }: World): Promise<readonly FoundDocument[]> {
  const found: FoundDocument[] = [];
  for (const kind of ['runbook', 'checklist'] as const) {
    const folder = `${kind}s`;
    const names = await host.files.list(join(host.machine.cwd, folder)).catch(orNone);
    for (const name of names.filter((one) => /\.ya?ml$/.test(one)))
      found.push(await describe(kind, join(folder, name)));
  }
  return found;
}

/** A folder that is not there or may not be read offers nothing. */
function orNone(error: unknown): readonly string[] {
  if (error instanceof HostError) return [];
  throw error;
}

async function describe(kind: FoundDocument['kind'], path: string): Promise<FoundDocument> {
  try {
    const { runbook } = await readDocument(path);
    return { kind, path, title: runbook.title, problem: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind, path, title: path, problem: firstProblem(error, path) };
  }
}

function firstProblem({ facts, message }: Refusal, path: string): string {
  const first = facts.code === 'bad-document' ? facts.diagnostics[0] : undefined;
  if (first === undefined) return message;
  const [line = ''] = renderDiagnostic(first, null).split('\n');
  return `${line}; gonogo check ${path} shows all`;
}
