/**
 * Where a command leads: the scripts, Make and just targets, package scripts, hooks and reusable workflows of the repository that it
 * runs.
 *
 * Simple on purpose: a command leads to a file when a word of it is the path of one, from the folder that it runs in, from the root, or
 * from the folder of the script that it stands in. Nothing is executed or expanded.
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { folderAfter, normalised, type Step, shellSteps } from './command.ts';
import { pipelineSteps } from './forges.ts';

/** Texts of the repository by path; null: there is none, or it is no text. */
export interface Repository {
  text(path: string): Promise<string | null>;
  /** Paths of the package manifests (`package.json`), code-unit order. */
  readonly packages: readonly string[];
}

/** The part of a file that a command leads to. `name` tells parts of one file apart. */
export interface Lead {
  readonly path: string;
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What `step`, which stands in the file at `from`, leads to. */
export async function leadsOf(repository: Repository, step: Step, from: string): Promise<readonly Lead[]> {
  if (step.kind === 'image' || step.kind === 'prints') return [];
  if (step.kind === 'uses') return usesLeads(repository, step);
  const leads: Lead[] = [];
  let { folder } = step;
  for (const part of step.text.split(/&&|\|\||[;|()]/)) {
    const words = part.trim().split(/\s+/).map(unquoted);
    folder = folderAfter(part, folder);
    leads.push(
      ...(await makeLeads(repository, words, folder)),
      ...(await justLeads(repository, words, folder)),
      ...(await packageLeads(repository, words, folder)),
      ...(await composerLeads(repository, words, folder)),
      ...(await hookLeads(repository, words)),
      ...(await toxLeads(repository, words, folder)),
      ...(await fileLeads(repository, words, folder, from)),
    );
  }
  return leads;
}

function unquoted(word: string): string {
  return word.replaceAll(/^["']|["']$/g, '');
}

/** `./.github/workflows/x.yml`, `./.github/actions/x`, `/ci/test.yml`, `buildspec.yml`, the action that runs pre-commit. */
async function usesLeads(repository: Repository, { text }: Step): Promise<readonly Lead[]> {
  if (/^(pre-commit\/action|j178\/prek-action)/.test(text)) return hooks(repository);
  if (/@/.test(text) || /^[\w-]+:/.test(text)) return [];
  const path = normalised(text);
  if (path === null) return [];
  for (const candidate of [path, `${path}/action.yml`, `${path}/action.yaml`]) {
    if (!/\.ya?ml$/.test(candidate)) continue;
    const found = await repository.text(candidate);
    if (found !== null) return [{ path: candidate, name: '', steps: pipelineSteps(candidate, found) }];
  }
  return [];
}

/** Of a script in another language those lines count that start a program. */
const startsPrograms = /subprocess|os\.system|check_call|check_output|\bexec|\bspawn|\bsystem\(|\bshell\(|\$`/;

const scriptName = /\.(sh|bash|zsh|py|rb|[cm]?[jt]s|pl|ps1)$|(^|\/)(bin|scripts?)\/[\w.-]+$/;

async function fileLeads(
  repository: Repository,
  words: readonly string[],
  folder: string,
  from: string,
): Promise<readonly Lead[]> {
  for (const word of words) {
    if (!/^[\w./@-]+$/.test(word) || (!scriptName.test(word) && !word.startsWith('./'))) continue;
    const beside = from.slice(0, Math.max(0, from.lastIndexOf('/')));
    for (const base of new Set([folder, '', beside])) {
      const path = normalised(`${base}/${word}`);
      const text = path === null || path === from ? null : await repository.text(path);
      if (path === null || text === null) continue;
      const isShell = /\.(sh|bash|zsh)$/.test(path) || /^#!.*\b(ba|z|da)?sh\b/.test(text);
      const isScript = isShell || /(^|\/)(bin|scripts?|ci|\.ci|tools)\//.test(path);
      if (!isScript) return [];
      const steps = shellSteps(text.split('\n'), 1, folder);
      return [{ path, name: '', steps: isShell ? steps : steps.filter((one) => startsPrograms.test(one.text)) }];
    }
  }
  return [];
}

async function makeLeads(repository: Repository, words: readonly string[], folder: string): Promise<readonly Lead[]> {
  const at = words.findIndex((word) => word === 'make' || word === 'gmake');
  if (at === -1) return [];
  const { targets, inside } = makeArguments(words.slice(at + 1), folder);
  for (const name of ['Makefile', 'makefile', 'GNUmakefile']) {
    const path = normalised(`${inside}/${name}`);
    const text = path === null ? null : await repository.text(path);
    if (path === null || text === null) continue;
    const rules = makeRules(text, inside);
    const wanted = targets.length > 0 ? targets : [[...rules.keys()].find((rule) => !rule.startsWith('.')) ?? ''];
    return withNeeds(rules, wanted).map(([target, { steps }]) => ({ path, name: target, steps }));
  }
  return [];
}

function makeArguments(words: readonly string[], folder: string): { targets: string[]; inside: string } {
  const targets: string[] = [];
  let inside = folder;
  for (const [index, word] of words.entries()) {
    if (words[index - 1] === '-C') inside = normalised(`${folder}/${word}`) ?? folder;
    else if (/^[\w./-]+$/.test(word) && !word.startsWith('-') && words[index - 1] !== '-f') targets.push(word);
  }
  return { targets, inside };
}

interface Rule {
  readonly needs: readonly string[];
  readonly steps: Step[];
}

function makeRules(text: string, folder: string): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  let current: readonly Rule[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const head = /^([\w./ -]+?)\s*:(?!=)\s*([\w./ -]*)/.exec(line);
    if (line.startsWith('\t') || /^ {2,}\S/.test(line)) {
      for (const { steps } of current)
        steps.push(...shellSteps([line.trim().replace(/^[@+-]+\s*/, '')], index + 1, folder));
    } else if (head !== null) {
      const needs = (head[2] ?? '').split(/\s+/).filter((need) => need !== '');
      current = (head[1] ?? '').split(/\s+/).map((name) => {
        const rule = rules.get(name);
        const made: Rule = { needs: [...(rule?.needs ?? []), ...needs], steps: rule?.steps ?? [] };
        rules.set(name, made);
        return made;
      });
    } else if (line.trim() !== '' && !line.startsWith('#')) current = [];
  }
  return rules;
}

/** The wanted rules with all that they need, each once. */
function withNeeds(rules: ReadonlyMap<string, Rule>, wanted: readonly string[]): readonly (readonly [string, Rule])[] {
  const names = new Set(wanted);
  for (const name of names) for (const need of rules.get(name)?.needs ?? []) names.add(need);
  return [...names].flatMap((name) => {
    const rule = rules.get(name);
    return rule === undefined ? [] : [[name, rule] as const];
  });
}

async function justLeads(repository: Repository, words: readonly string[], folder: string): Promise<readonly Lead[]> {
  const at = words.indexOf('just');
  if (at === -1) return [];
  const names = words.slice(at + 1).filter((word) => /^[\w-]+$/.test(word) && !word.startsWith('-'));
  for (const name of ['justfile', 'Justfile', '.justfile']) {
    const path = normalised(`${folder}/${name}`);
    const text = path === null ? null : await repository.text(path);
    if (path === null || text === null) continue;
    const rules = makeRules(text.replaceAll(/^@?([\w-]+)(?: +[^:\n]*)?:(?!=)/gm, '$1:'), folder);
    const wanted = names.length > 0 ? names.slice(0, 1) : [[...rules.keys()][0] ?? ''];
    return withNeeds(rules, wanted).map(([recipe, { steps }]) => ({ path, name: recipe, steps }));
  }
  return [];
}

const runners = new Set(['npm', 'pnpm', 'yarn', 'bun', 'bunx', 'npx', 'turbo', 'nx', 'lerna', 'rush', 'wsrun', 'node']);
const notScripts = new Set([
  'install',
  'ci',
  'add',
  'exec',
  'dlx',
  'publish',
  'audit',
  'i',
  'run-script',
  'run',
  'x',
  'cache',
  'config',
]);

/**
 * `npm run build`, `yarn test`, `pnpm -r lint`, `turbo run build test`: of the folder's own package, or of those that the command names
 * or asks for together; of every package that has it where the folder has none.
 */
async function packageLeads(
  repository: Repository,
  words: readonly string[],
  folder: string,
): Promise<readonly Lead[]> {
  const at = words.findIndex((word) => runners.has(word));
  if (at === -1) return [];
  const after = words.slice(at + 1).filter((word) => /^[\w:.-]+$/.test(word) && !word.startsWith('-'));
  const names = new Set(after.filter((word) => !notScripts.has(word)).map((word) => (word === 't' ? 'test' : word)));
  if (names.size === 0) return [];
  const prefix = words.find((_, index) => ['--prefix', '--cwd', '-C', '--dir'].includes(words[index - 1] ?? ''));
  const inside = normalised(`${folder}/${prefix ?? ''}`) ?? folder;
  const own = inside === '' ? 'package.json' : `${inside}/package.json`;
  const several = words.some((word) => asksForSeveral.test(word));
  const leads = await scriptsIn(repository, own, names);
  if (!several && (leads.length > 0 || repository.packages.includes(own))) return leads;
  const others = repository.packages.filter((path) => path !== own);
  const wanted = await namedPackages(repository, others, words);
  return [...leads, ...(await Promise.all(wanted.map((path) => scriptsIn(repository, path, names)))).flat()];
}

const asksForSeveral = /^(-r|--recursive|--filter.*|-F|-w|-ws|--workspaces?.*|turbo|nx|lerna|rush|workspaces?)$/;

/** Those of `packages` whose name or folder the command gives (`--filter web`, `-w=packages/web`); all when it gives none of them. */
async function namedPackages(
  repository: Repository,
  packages: readonly string[],
  words: readonly string[],
): Promise<readonly string[]> {
  const asked = new Set(
    words
      .flatMap((word, index) => {
        const given = /^(?:--filter|--workspace|-w|-F)=(.+)$/.exec(word)?.[1];
        const follows = /^(--filter|-F|-w|--workspace|workspace)$/.test(words[index - 1] ?? '');
        return given !== undefined ? [given] : follows ? [word] : [];
      })
      .map((one) => one.replace(/^(\.\.\.|\.\/)/, '').replace(/(\.\.\.|\/)$/, '')),
  );
  if (asked.size === 0) return packages;
  const named: string[] = [];
  for (const path of packages) {
    const folder = path.slice(0, -'/package.json'.length);
    const name = /"name"\s*:\s*"([^"]+)"/.exec((await repository.text(path)) ?? '')?.[1] ?? '';
    if ([folder, folder.split('/').at(-1) ?? '', name].some((one) => asked.has(one))) named.push(path);
  }
  return named.length > 0 ? named : packages;
}

/** `composer test`, `composer run lint`: scripts of the folder's own package. */
async function composerLeads(
  repository: Repository,
  words: readonly string[],
  folder: string,
): Promise<readonly Lead[]> {
  const at = words.indexOf('composer');
  if (at === -1) return [];
  const name = words
    .slice(at + 1)
    .find((word) => /^[\w:-]+$/.test(word) && !word.startsWith('-') && !notScripts.has(word));
  const path = normalised(`${folder}/composer.json`);
  return name === undefined || path === null ? [] : scriptsIn(repository, path, new Set([name]));
}

async function scriptsIn(repository: Repository, path: string, names: ReadonlySet<string>): Promise<readonly Lead[]> {
  const text = await repository.text(path);
  if (text === null) return [];
  const lines = new LineCounter();
  const scripts = parseDocument(text, { lineCounter: lines, logLevel: 'silent' }).get('scripts');
  if (!isMap(scripts)) return [];
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  return scripts.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return [];
    const name = String(key.value);
    if (!names.has(name) && !names.has(name.replace(/^(pre|post)/, ''))) return [];
    const line = lines.linePos(key.range?.[0] ?? 0).line;
    const values = isSeq(value) ? value.items : [value];
    const steps = values.flatMap((one) => (isScalar(one) ? shellSteps([String(one.value)], line, folder) : []));
    return [{ path, name, steps }];
  });
}

async function hookLeads(repository: Repository, words: readonly string[]): Promise<readonly Lead[]> {
  const runs = words.some((word, index) => /^(pre-commit|prek)$/.test(word) && words[index + 1] === 'run');
  return runs ? hooks(repository) : [];
}

/** The hooks of pre-commit: the program that each runs, by its entry or its id. */
async function hooks(repository: Repository): Promise<readonly Lead[]> {
  const path = '.pre-commit-config.yaml';
  const text = await repository.text(path);
  if (text === null) return [];
  const lines = new LineCounter();
  const repos = parseDocument(text, { lineCounter: lines, logLevel: 'silent' }).get('repos');
  const steps: Step[] = [];
  for (const repo of isSeq(repos) ? repos.items : []) {
    const list = isMap(repo) ? repo.get('hooks') : null;
    for (const hook of isSeq(list) ? list.items : []) {
      if (!isMap(hook)) continue;
      const words = [hook.get('id'), hook.get('entry')].filter((word) => typeof word === 'string');
      const line = lines.linePos(hook.range?.[0] ?? 0).line;
      if (words.length > 0) steps.push({ kind: 'run', text: words.join(': '), line, folder: '' });
    }
  }
  return [{ path, name: '', steps }];
}

async function toxLeads(repository: Repository, words: readonly string[], folder: string): Promise<readonly Lead[]> {
  const file = words.includes('tox') ? 'tox.ini' : words.includes('nox') ? 'noxfile.py' : null;
  const path = file === null ? null : normalised(`${folder}/${file}`);
  const text = path === null ? null : await repository.text(path);
  return path === null || text === null ? [] : [{ path, name: '', steps: shellSteps(text.split('\n'), 1, folder) }];
}
