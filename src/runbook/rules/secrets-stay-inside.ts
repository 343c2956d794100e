/** A secret goes only where it cannot be read back: `env`, headers and body of a request, the address of a webhook. */
import { refersTo } from '../expression.ts';
import type { Rule, Use } from '../model.ts';
import { expressionsIn } from './expressions-in.ts';
import { variablesRead } from './script-variables.ts';

export const secretsStayInside: Rule = ({ uses, variables }, problems) => {
  const secrets = [...variables].filter(([, { variable }]) => variable.secret).map(([name]) => name);
  if (secrets.length === 0) return;
  for (const use of uses) {
    if (use.kind === 'script') {
      for (const { name, start, end } of variablesRead(use.text)) {
        if (!secrets.includes(name) || use.env.includes(name) || use.sight.bindings.includes(name)) continue;
        const { doc, span } = use.place(start, end);
        const hint = `name it in the step: env: {${name}: "\${{ ${name} }}"}`;
        const message = `the secret ${name} does not reach this step`;
        problems.at(doc, span, { severity: 'error', code: 'secret-not-passed', message, hint });
      }
    } else if (!use.secretAllowed) {
      for (const { name, start, end } of exposed(use, secrets)) {
        const { doc, span } = use.place(start, end);
        const hint =
          'a secret may stand in env, in headers, body, form and password of http, and in the webhook of notify';
        problems.at(doc, span, {
          severity: 'error',
          code: 'secret-exposed',
          message: `the secret ${name} would be shown here`,
          hint,
        });
      }
    }
  }
};

function exposed(use: Use, secrets: readonly string[]): readonly { name: string; start: number; end: number }[] {
  const visible = secrets.filter((name) => !use.sight.bindings.includes(name));
  return expressionsIn(use).expressions.flatMap(({ source, start }) => {
    const named = refersTo(source);
    return visible
      .filter((name) => named.has(name))
      .map((name) => {
        const at = start + Math.max(0, source.search(new RegExp(`(?<![\\w.])${name}(?!\\w)`)));
        return { name, start: at, end: at + name.length };
      });
  });
}
