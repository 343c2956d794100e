/** What to write instead, for a value of the wrong form and for a key that stands in the wrong place. */
import { keyTexts } from './key-texts.ts';
import { nestedKeyTexts } from './nested-key-texts.ts';
import type { Path } from './yaml.ts';

/** Below these the keys are names that the document gives. */
const naming: ReadonlySet<unknown> = new Set([
  ...['vars', 'env', 'headers', 'form', 'capture', 'gather', 'each', 'matrix', 'phases', 'success', 'sections', 'set'],
]);

/** What stands beside an action, and which people write into it. */
const besideActions: ReadonlySet<string> = new Set([
  ...[
    'expect',
    'capture',
    'timeout',
    'retry',
    'env',
    'cwd',
    'effect',
    'when',
    'undo',
    'done_when',
    'on_fail',
    'danger',
  ],
  ...['tty', 'evidence', 'owes', 'settles', 'each', 'matrix', 'gather'],
  ...['on', 'batches', 'stop_after', 'at_once', 'become'],
]);

/** Keys with keys of their own that are no actions. */
const noActions: ReadonlySet<string> = new Set(['', 'retry', 'artefacts', 'emergency']);
const actions = new Set(
  [...nestedKeyTexts.keys()].map((key) => key.split('.')[0] ?? '').filter((key) => !noActions.has(key)),
);

/** How the value at `path` is written; empty: that is not known. */
export function exampleAt(path: Path): string {
  const [parent, key] = [path.at(-2), path.at(-1)];
  if (typeof key !== 'string' || naming.has(parent)) return '';
  if (path.at(-3) === 'vars' && key === 'from') return 'from: [git, branch]';
  if (path.at(-3) === 'vars' && key === 'default') return `of a list it is JSON: default: '["a", "b"]'`;
  const found = nestedKeyTexts.get(`${String(parent)}.${key}`) ?? (key === 'from' ? undefined : keyTexts[key]);
  return found === undefined ? '' : `${key}: ${found.example}`;
}

/** Where the unknown key at `path` belongs; null: that is not known. */
export function placeOfKey(path: Path): string | null {
  const [parent, key] = [path.at(-2), path.at(-1)];
  if (typeof key !== 'string' || typeof parent !== 'string') return null;
  return actions.has(parent) && besideActions.has(key) ? `${key} stands beside ${parent}, not in it` : null;
}

/** Into which action the key belongs that stands beside it; null: into none. */
export function insideAction(action: string, key: string): string | null {
  const found = nestedKeyTexts.get(`${action}.${key}`);
  return found === undefined ? null : `${key} stands inside ${action}: { ${key}: ${found.example} }`;
}
