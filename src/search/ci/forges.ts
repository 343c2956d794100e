/**
 * The commands in one pipeline file. The forges' formats differ in where commands stand and agree in how they look, so one reading serves
 * GitHub, GitLab, CircleCI, Azure, Bitbucket, Woodpecker, Drone, Buildkite, Travis, AWS CodeBuild, Google Cloud Build and Tekton: a
 * value under one of the keys that hold commands is commands. Jenkinsfiles and Terraform are read as text.
 *
 * Invariants:
 * - What is switched off where it stands (`if: false`, `when: never`) runs nothing.
 * - Never throws: a file that is no YAML has no commands.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { folderAfter, normalised, type Step, shellSteps } from './command.ts';

const scripts = new Set([
  'run',
  'script',
  'scripts',
  'before_script',
  'after_script',
  'install',
  'before_install',
  'before_deploy',
  'after_success',
  'command',
  'commands',
  'bash',
  'pwsh',
  'powershell',
  'inlineScript',
  'build_command',
  'cmd',
  'cmds',
]);
const readyMade = new Set(['uses', 'task', 'template', 'pipe', 'plugin', 'provider']);
const images = new Set(['image', 'name']);

/** Steps of the pipeline `text` at `path`. */
export function pipelineSteps(path: string, text: string): readonly Step[] {
  if (/jenkinsfile[^/]*$/i.test(path)) return jenkinsSteps(text);
  if (/\.tf$/.test(path)) return terraformSteps(text);
  if (/\.sh$/.test(path) || /(^|\/)Earthfile$/.test(path)) return shellSteps(text.split('\n'), 1, '');
  const lines = new LineCounter();
  const reader = new Reader(text, lines);
  for (const document of parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false })) {
    if ('contents' in document) reader.read(document.contents, '');
  }
  return reader.steps;
}

/** Whether the pipeline `text` at `path` runs only when another one asks for it. */
export function isCalledOnly(path: string, text: string): boolean {
  if (/\/actions\//.test(path)) return true;
  const [, inline = '', block = ''] = /^['"]?on['"]?:([^\n#]*).*\n((?:(?:[ \t].*)?\n)*)/m.exec(`${text}\n`) ?? [];
  if (inline.trim() !== '') return /^\[?\s*workflow_call\s*\]?$/.test(inline.trim());
  const names = [...block.matchAll(/^[ \t]+(?:- )?([a-z_]+):?/gm)].map(([, name = '']) => name);
  return names.includes('workflow_call') && !names.some((name) => triggers.has(name));
}

const triggers = new Set([
  'push',
  'pull_request',
  'pull_request_target',
  'workflow_dispatch',
  'workflow_run',
  'schedule',
  'release',
  'merge_group',
  'repository_dispatch',
  'issue_comment',
  'deployment',
]);

const depthMax = 60;

class Reader {
  readonly steps: Step[] = [];
  readonly #text: string;
  readonly #lines: LineCounter;
  #depth = 0;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  /** `folder`: where commands run, from the root. */
  read(node: unknown, folder: string): void {
    if (this.#depth >= depthMax) return;
    this.#depth += 1;
    if (isSeq(node)) for (const item of node.items) this.#item(item, folder);
    if (isMap(node) && !isSwitchedOff(node)) this.#map(node, folder);
    this.#depth -= 1;
  }

  /** A bare word in a list of steps is an orb's command; `- pytest` under a key that holds commands never comes here. */
  #item(item: unknown, folder: string): void {
    if (isScalar(item) && typeof item.value === 'string' && /^[\w-]+\/[\w-]+$/.test(item.value))
      this.#add('uses', item, folder);
    else this.read(item, folder);
  }

  #map(map: YAMLMap, folder: string): void {
    const inside = folderOf(map, folder);
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (name === 'run' && isMap(value) && value.has('path') && this.#concourse(value, inside)) continue;
      if (scripts.has(name) && this.#commands(value, inside)) continue;
      if (name === 'args' && isSeq(value)) this.#arguments(map, value, inside);
      else if (readyMade.has(name) && isScalar(value)) this.#add('uses', value, inside);
      else if (images.has(name) && isScalar(value) && looksLikeImage(name, value.value))
        this.#add('image', value, inside);
      else if (name === 'local' && isScalar(value)) this.#add('uses', value, inside);
      else this.read(value, inside);
      if (isScalar(key) && /^[\w-]+\/[\w-]+(@[\w.]+)?$/.test(name)) this.#add('uses', key, inside);
    }
  }

  /** False when the value holds no commands after all. */
  #commands(value: unknown, folder: string): boolean {
    if (isScalar(value) && typeof value.value === 'string') this.#script(value, folder);
    else if (isSeq(value)) {
      // One shell runs the whole list.
      let inside = folder;
      for (const item of value.items) {
        if (isScalar(item) && typeof item.value === 'string') {
          this.#script(item, inside);
          for (const line of item.value.split('\n')) inside = folderAfter(line, inside);
        } else if (isSeq(item)) this.#commands(item, inside);
        else this.read(item, inside);
      }
    } else if (isMap(value)) this.read(value, folder);
    else return isAlias(value);
    return true;
  }

  #script(scalar: Scalar, folder: string): void {
    const range = scalar.range;
    if (range === null || range === undefined) return;
    const line = this.#lines.linePos(range[0]).line;
    const block = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
    const lines = block ? this.#text.slice(range[0], range[1]).split('\n').slice(1) : String(scalar.value).split('\n');
    const steps = shellSteps(lines, block ? line + 1 : line, folder);
    const printed = lines.findIndex((one) => /^\s*(echo|printf)\b/.test(one));
    if (steps.length === 0 && printed !== -1) {
      const at = block ? line + 1 + printed : line;
      this.steps.push({ kind: 'prints', text: (lines[printed] ?? '').trim(), line: at, folder });
    }
    for (const step of steps) this.steps.push({ ...step, line: block ? step.line : line });
  }

  /** Concourse: a program with arguments, of which a longer one is a script for a shell. False: there are no arguments. */
  #concourse(map: YAMLMap, folder: string): boolean {
    const given = map.get('args');
    if (!isSeq(given)) return false;
    const words: string[] = [];
    for (const item of given.items) {
      if (!isScalar(item)) continue;
      if (String(item.value).includes('\n')) this.#script(item, folder);
      else words.push(String(item.value));
    }
    const program = map.get('path', true);
    if (isScalar(program)) this.#push('run', `${String(program.value)} ${words.join(' ')}`, program, folder);
    return true;
  }

  /** Google Cloud Build: the image is the program, its arguments follow. */
  #arguments(map: YAMLMap, value: { readonly items: readonly unknown[] }, folder: string): void {
    const words = value.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : []));
    const program =
      String(map.get('name') ?? map.get('entrypoint') ?? '')
        .split('/')
        .at(-1) ?? '';
    const first = value.items.find((item): item is Scalar => isScalar(item));
    if (first !== undefined) this.#push('run', `${program} ${words.join(' ')}`, first, folder);
  }

  #add(kind: Step['kind'], scalar: Scalar, folder: string): void {
    this.#push(kind, String(scalar.value), scalar, folder);
  }

  #push(kind: Step['kind'], text: string, node: Node, folder: string): void {
    const start = node.range?.[0] ?? 0;
    const trimmed = text.trim();
    if (trimmed !== '') this.steps.push({ kind, text: trimmed, line: this.#lines.linePos(start).line, folder });
  }
}

function isSwitchedOff(map: YAMLMap): boolean {
  const condition = map.get('if');
  const off = condition === false || (typeof condition === 'string' && /^(\$\{\{\s*)?false(\s*\}\})?$/.test(condition));
  return off || map.get('when') === 'never' || map.get('enabled') === false;
}

function folderOf(map: YAMLMap, folder: string): string {
  const defaults = map.getIn(['defaults', 'run', 'working-directory']);
  const own =
    map.get('working-directory') ??
    map.get('working_directory') ??
    map.get('workingDirectory') ??
    map.get('dir') ??
    defaults;
  if (typeof own !== 'string' || own.includes('$') || own.startsWith('~') || own.startsWith('/')) return folder;
  return normalised(own) ?? folder;
}

function looksLikeImage(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.includes(' ')) return false;
  return key === 'image' || /^[\w.-]+\.[a-z]+\/.+|^[\w.-]+\/[\w./-]+:[\w.-]+$/.test(value);
}

/** `sh '...'`, `bat "..."`, in one, three or parenthesised quotes; `docker.build`, `docker.image`. */
function jenkinsSteps(text: string): readonly Step[] {
  const steps: Step[] = [];
  const code = text.replaceAll(/^(\s*)\/\/.*$/gm, '$1');
  for (const match of code.matchAll(
    /\b(?:sh|bat|powershell|pwsh)\b\s*\(?\s*(?:script:\s*)?('''[\s\S]*?'''|"""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")/g,
  )) {
    const quoted = match[1] ?? '';
    const width = /^('''|""")/.test(quoted) ? 3 : 1;
    const line = code.slice(0, match.index).split('\n').length;
    steps.push(...shellSteps(quoted.slice(width, -width).split('\n'), line, ''));
  }
  for (const match of code.matchAll(
    /\b(docker\.(?:build|image|withRegistry)|input|junit|slackSend|mail|emailext)\b[^\n]*/g,
  )) {
    steps.push({
      kind: 'uses',
      text: match[0].trim(),
      line: code.slice(0, match.index).split('\n').length,
      folder: '',
    });
  }
  return steps.toSorted((a, b) => a.line - b.line);
}

/** The stages of AWS CodePipeline and the projects of CodeBuild in Terraform: `CodePipeline Deploy ECS`. */
function terraformSteps(text: string): readonly Step[] {
  const steps: Step[] = [];
  let category = '';
  for (const [index, line] of text.split('\n').entries()) {
    category = /^\s*category\s*=\s*"(\w+)"/.exec(line)?.[1] ?? category;
    const provider = /^\s*provider\s*=\s*"(\w+)"/.exec(line)?.[1];
    const spec = /^\s*buildspec\s*=\s*"([^"$]+\.ya?ml)"/.exec(line)?.[1];
    const image = /^\s*image\s*=\s*"([^"$]+)"/.exec(line)?.[1];
    const at = { line: index + 1, folder: '' };
    if (provider !== undefined && category !== '')
      steps.push({ kind: 'uses', text: `CodePipeline ${category} ${provider}`, ...at });
    if (spec !== undefined) steps.push({ kind: 'uses', text: spec, ...at });
    if (image !== undefined) steps.push({ kind: 'image', text: image, ...at });
    if (provider !== undefined) category = '';
  }
  return steps;
}
