/** Which secrets a body is given, and where what is done with them is not masked. */
import type { Body, Step, Variable } from './document.ts';

type Variables = Readonly<Record<string, Variable>>;

/** Names of secret variables that the templates of `body` read. */
export function secretsRead(vars: Variables, { env, params }: Pick<Body, 'env' | 'params'>): readonly string[] {
  const secret = Object.keys(vars).filter((name) => vars[name]?.secret === true);
  if (secret.length === 0) return [];
  const text = `${Object.values(env).join('\n')}\n${JSON.stringify(params)}`;
  const templates = text.match(/\$\{\{.*?\}\}/gs) ?? [];
  return secret.filter((name) => templates.some((template) => new RegExp(`\\b${name}\\b`).test(template)));
}

/** What to know of a step that has both the terminal and secrets, in words; null: it has not. */
export function unmaskedOnTerminal(vars: Variables, step: Pick<Step, 'tty' | 'env' | 'params'>): string | null {
  const names = step.tty ? secretsRead(vars, step) : [];
  if (names.length === 0) return null;
  return `what it prints on the terminal is not masked, so a recording of the terminal may hold the secret ${names.join(', ')}`;
}
