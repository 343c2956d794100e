/** `gonogo init [DIR]`: begins a repository. The CI snippet is data; what was made is talk. */
import { initialise } from '../app/init.ts';
import { ciSnippet, kinds, type TemplateKind, templates } from '../authoring/templates.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { nearest } from '../runbook/nearest.ts';
import { askLine } from './ask-line.ts';
import { type Io, UsageError } from './command.ts';

/** Scaffolds `folder`. The kind is asked for only at a terminal, and only when it is not given. */
export async function init(folder: string, options: { readonly kind?: string | undefined }, io: Io): Promise<number> {
  const kind = options.kind === undefined ? await askKind(io) : kindNamed(options.kind);
  const { made, there, example } = initialise(folder, kind);
  for (const path of made) io.stderr(`made ${visibleLine(path)}\n`);
  for (const path of there) io.stderr(`${visibleLine(path)} is there already: left as it is\n`);
  io.stderr(`next: gonogo check ${example}, then gonogo run ${example}\n`);
  io.stderr('for your CI (such as .github/workflows/runbooks.yml):\n');
  io.stdout(ciSnippet);
  return exitCodes.done;
}

function kindNamed(name: string): TemplateKind {
  const found = kinds.find((kind) => kind === name);
  if (found !== undefined) return found;
  const near = nearest(name, [...kinds]);
  throw new UsageError(`--kind ${name}: ${near === null ? `use ${kinds.join(', ')}` : `did you mean ${near}?`}`);
}

async function askKind(io: Io): Promise<TemplateKind> {
  if (!io.terminal) return 'empty';
  kinds.forEach((kind, index) => {
    io.stderr(`  ${index + 1}  ${kind.padEnd(12)} ${templates[kind].about}\n`);
  });
  const answer = await askLine('What do you release? [1] ');
  if (answer === null)
    throw new UsageError('nothing was chosen, so nothing was made; --kind NAME says it without a question');
  const chosen = answer.trim();
  return kinds[Number(chosen === '' ? 1 : chosen) - 1] ?? kindNamed(chosen);
}
