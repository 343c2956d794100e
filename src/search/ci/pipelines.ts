/**
 * Each command that the pipelines of a repository run, with the places that lead to it.
 *
 * Invariants:
 * - One pass: what a file says is read once; a circle of scripts is cut where it closes.
 * - At most `commandsMax` commands and `depthMax` files on one way.
 */
import type { Survey } from '../survey.ts';
import type { Command, Place, Step } from './command.ts';
import { normalised } from './command.ts';
import { leadsOf, type Repository } from './follow.ts';
import { isCalledOnly, pipelineSteps } from './forges.ts';

export type Pipelines =
  | { readonly ok: true; readonly files: number; readonly commands: readonly Command[] }
  | { readonly ok: false; readonly message: string };

const commandsMax = 20_000;
const depthMax = 12;

/** Reads the pipelines under `cwd`. `files`: how many there are. Rejects with `HostError` where one may not be read. */
export async function readPipelines(survey: Survey, cwd: string): Promise<Pipelines> {
  const everything = await survey.select(cwd, { patterns: ['**'], except: [], kinds: [], exclude: [] });
  const selected = await survey.select(cwd, {
    patterns: ['**'],
    except: [],
    kinds: ['pipelines'],
    exclude: ['vendored'],
  });
  if (!everything.ok) return everything;
  if (!selected.ok) return selected;
  const paths = new Map(everything.found.map((found) => [found.path, found]));
  const text = async (path: string): Promise<string | null> => {
    const found = paths.get(normalised(path) ?? path);
    const file = found === undefined || found.facts.kind !== 'file' ? null : await survey.read(found);
    return file?.kind === 'text' ? file.text : null;
  };
  const packages = [...paths.keys()].filter(
    (path) => /(^|\/)package\.json$/.test(path) && !/(^|\/)node_modules\//.test(path),
  );
  const walk = new Walk({ text, packages });
  for (const { path } of selected.found) {
    const whole = await text(path);
    if (whole !== null && !isCalledOnly(path, whole)) await walk.steps(pipelineSteps(path, whole), path, []);
  }
  return { ok: true, files: selected.found.length, commands: walk.commands };
}

class Walk {
  readonly commands: Command[] = [];
  readonly #repository: Repository;
  /** Parts of files on the way from the pipeline to here. */
  readonly #way: string[] = [];

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  async steps(steps: readonly Step[], path: string, before: readonly Place[]): Promise<void> {
    for (const step of steps) {
      if (this.commands.length >= commandsMax) return;
      const places = [...before, { path, line: step.line }];
      this.commands.push({ kind: step.kind, text: step.text, places });
      if (this.#way.length >= depthMax) continue;
      for (const lead of await leadsOf(this.#repository, step, path)) {
        const key = `${lead.path}\n${lead.name}`;
        if (this.#way.includes(key) || lead.path === before[0]?.path) continue;
        this.#way.push(key);
        await this.steps(lead.steps, lead.path, places);
        this.#way.pop();
      }
    }
  }
}
