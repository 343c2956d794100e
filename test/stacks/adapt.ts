/** A team's copy of a shipped runbook. */
import type { Stack } from './stack.ts';

/** The text of the shipped runbook `name`, its variables with the values of `vars`; nothing else differs. */
export function adapted(stack: Stack, name: string, vars: Readonly<Record<string, string>>): string {
  let text = stack.read(`gonogo/runbooks/${name}.yaml`);
  for (const [variable, value] of Object.entries(vars)) {
    const line = new RegExp(`^  ${variable}: .*$`, 'm');
    if (!line.test(text)) throw new Error(`${name} has no variable ${variable}`);
    text = text.replace(line, () => `  ${variable}: { default: ${JSON.stringify(value)} }`);
  }
  return text;
}
