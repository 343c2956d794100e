/**
 * What the one `useInput`, the footer, the `?` overlay and the README's table read of the bindings, so none of them can say
 * anything else.
 */
import type { Binding, CommandName, Facts, Scope } from './binding.ts';
import { bindings } from './bindings.ts';
import { aboutText, keyLabel } from './labels.ts';

/** The binding of a key in the innermost of `scopes` that has one. */
export function route(scopes: readonly Scope[], name: string, keys: readonly Binding[] = bindings): Binding | null {
  for (const scope of scopes) {
    const found = keys.find((binding) => binding.scope === scope && binding.keys.includes(name));
    if (found !== undefined) return found;
  }
  return null;
}

const scopeTitles: readonly (readonly [Scope, string])[] = [
  ['run', 'Run'],
  ['steps', 'Steps pane'],
  ['detail', 'Detail pane'],
  ['output', 'Output pane'],
  ['home', 'Home'],
  ['menu', 'Choices'],
  ['form', 'Text fields'],
  ['confirm', 'Yes or no'],
  ['plan', 'Rollback plan'],
  ['reader', 'Text over the whole screen'],
  ['find', 'Find: while typing'],
  ['found', 'Find: while it is open'],
  ['finished', 'Finished run'],
  ['always', 'Everywhere'],
];

/** The bindings of one scope. */
export interface KeyGroup {
  readonly scope: Scope;
  readonly title: string;
  readonly bindings: readonly Binding[];
}

/** All bindings by scope, in the order in which help shows them. */
export function bindingsByScope(keys: readonly Binding[] = bindings): readonly KeyGroup[] {
  return scopeTitles.map(([scope, title]) => ({
    scope,
    title,
    bindings: keys.filter((one) => one.scope === scope),
  }));
}

/** One entry of the footer. */
export interface Hint {
  readonly key: string;
  readonly hint: string;
  readonly command: CommandName;
  readonly enabled: boolean;
}

/**
 * What the footer offers in `scopes`: key and hint, each key once, innermost scope first. What does nothing now is there too,
 * because it will; in a run that has ended and in an audit it is left out.
 */
export function footerHints(scopes: readonly Scope[], facts: Facts): readonly Hint[] {
  const seen = new Set<string>();
  return scopes.flatMap((scope) =>
    facts.keys.flatMap((binding) => {
      const [key] = binding.keys;
      const why = binding.disabled(facts);
      if (binding.scope !== scope || binding.hint === '' || key === undefined || seen.has(key)) return [];
      if (why !== null && (facts.ended || facts.readOnly || facts.audit === 'own' || binding.command === 'show'))
        return [];
      seen.add(key);
      const { command, hint, keys, keysShown } = binding;
      const label = keys.slice(0, keysShown).map(keyLabel).join('/');
      return [{ key: label, hint, command, enabled: why === null }];
    }),
  );
}

/** Commands whose hints give way when the footer has no room, the first one first. */
export const expendable: readonly CommandName[] = ['find', 'note', 'record', 'skip', 'abort', 'plan'];

/** The README's table of keys, as Markdown. */
export function keyTable(): string {
  const rows = bindingsByScope().flatMap(({ title, bindings: own }) =>
    own.map(
      (one) =>
        `| ${title} | ${one.keys.map((key) => `\`${keyLabel(key)}\``).join(' ')} | ${aboutText(one, bindings)} |`,
    ),
  );
  return ['| where | key | does |', '|---|---|---|', ...rows, ''].join('\n');
}
