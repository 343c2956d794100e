/** All keys: those of the place where help was asked for first, then the others. */
import type { Scope } from '../keys/binding.ts';
import { bindingsByScope } from '../keys/keymap.ts';
import { aboutText, keyLabel } from '../keys/labels.ts';
import { factsOf, type View } from '../view.ts';
import { fit, wrap } from './cells.ts';
import { glyphsOf, paint } from './look.ts';

const indent = 21;

/** The rows, none wider than `width`, not padded. A key that does nothing now says why. */
export function helpRows(view: View, scopes: readonly Scope[], width: number): readonly string[] {
  const { look } = view;
  const { ellipsis } = glyphsOf(look);
  const facts = factsOf(view);
  const all = bindingsByScope(view.keys);
  const here = scopes.flatMap((scope) => all.filter((group) => group.scope === scope));
  const others = all.filter((group) => !here.includes(group));
  return [...here, ...others].flatMap(({ title, bindings }, index) => [
    paint(look, 'bold', fit(index < here.length ? `${title} (here)` : title, width, ellipsis).trimEnd()),
    ...bindings.flatMap((one) => {
      const { keys, disabled } = one;
      const about = aboutText(one, view.keys);
      const why = index < here.length ? disabled(facts) : null;
      const rows = bindingRows(
        keys.map(keyLabel).join(' '),
        why === null ? about : `${about} (not now: ${why})`,
        width,
      );
      return why === null ? rows : rows.map((row) => paint(look, 'dim', row));
    }),
    '',
  ]);
}

function bindingRows(keys: string, about: string, width: number): readonly string[] {
  return wrap(about, width - indent).map((line, index) => `  ${fit(index === 0 ? keys : '', indent - 3)} ${line}`);
}
