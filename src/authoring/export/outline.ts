/** A document as somebody reads it: headings, steps with their facts, and code; what Markdown and HTML are written from. */
import type { Body, Runbook, Step } from '../../runbook/document.ts';

export interface Command {
  /** What it is: `run`, `undo`, `check`. */
  readonly label: string;
  readonly text: string;
}

export interface ReadStep {
  readonly title: string;
  /** Markdown of the author. */
  readonly texts: readonly string[];
  readonly commands: readonly Command[];
  readonly facts: readonly (readonly [string, string])[];
  readonly parts: readonly { readonly label: string; readonly steps: readonly ReadStep[] }[];
}

export interface ReadPart {
  readonly title: string;
  readonly intro: readonly string[];
  readonly steps: readonly ReadStep[];
}

export interface ReadDocument {
  readonly title: string;
  readonly kind: Runbook['kind'];
  readonly facts: readonly (readonly [string, string])[];
  readonly variables: readonly (readonly [string, string])[];
  readonly parts: readonly ReadPart[];
  /** Paths of the documents that it includes. */
  readonly includes: readonly string[];
}

/** `runbook` as it is read. */
export function readable(runbook: Runbook): ReadDocument {
  const { target, environment, rollback } = runbook;
  const facts: (readonly [string, string])[] = [];
  if (environment !== undefined) facts.push(['Environment', environment]);
  if (target !== undefined) facts.push(['Target', `${target.name} (identified by ${target.identity.summary})`]);
  if (rollback.point !== undefined) facts.push(['Rollback point', rollback.point]);
  const back: readonly ReadPart[] =
    rollback.steps.length === 0 && rollback.triggers.length === 0
      ? []
      : [
          {
            title: 'Rollback',
            intro: [
              ...(rollback.triggers.length === 0
                ? []
                : [`Roll back when:\n\n${rollback.triggers.map((text) => `- ${text}`).join('\n')}`]),
              'The undo of what was done comes first, newest first.',
            ],
            steps: rollback.steps.map(stepOf),
          },
        ];
  return {
    title: runbook.title,
    kind: runbook.kind,
    facts,
    variables: Object.entries(runbook.vars).map(([name, variable]) => [name, sourceOf(variable)]),
    parts: [...runbook.phases.map(({ title, steps }) => ({ title, intro: [], steps: steps.map(stepOf) })), ...back],
    includes: runbook.documents.slice(1).map(({ path }) => path),
  };
}

function sourceOf(variable: Runbook['vars'][string]): string {
  const { literal, ask, env, secret, match, choices } = variable;
  const from =
    literal !== undefined
      ? `is ${literal}`
      : ask !== undefined
        ? `asked for: ${ask}`
        : env !== undefined
          ? `from the environment variable ${env}`
          : variable.default !== undefined
            ? `by default ${variable.default}`
            : 'found by a step';
  const more = [
    ...(secret ? ['secret'] : []),
    ...(match === undefined ? [] : [`matches ${match}`]),
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
  ];
  return [from, ...more].join('; ');
}

function stepOf(step: Step): ReadStep {
  const { item } = step;
  const facts: (readonly [string, string])[] = [];
  const add = (label: string, text: string | undefined): void => {
    if (text !== undefined) facts.push([label, text]);
  };
  add('Severity', item?.severity);
  add('Owner', item?.owner);
  add('Only when', step.when);
  if (step.danger)
    add(
      'Danger',
      `confirmed by the name of the target${step.undo.kind === 'none' ? '; there is no way back from here' : ''}`,
    );
  for (const expect of step.expect) add('Expect', expect);
  for (const [name, source] of Object.entries(step.capture)) add('Gives', `${name} = ${source}`);
  if (step.undo.kind === 'covered') add('Undo', `that of ${step.undo.by}`);
  add('On failure', step.onFail === 'ask' || item !== undefined ? undefined : step.onFail);
  add('Owes', step.owes);
  add('Settles', step.settles);
  add('Fix', item?.fix);
  const undo = step.undo.kind === 'bodies' ? step.undo.bodies.flatMap((body) => commandsOf(body, 'undo')) : [];
  const done = step.doneWhen === undefined ? [] : commandsOf(step.doneWhen, 'done when');
  const said = instructionsOf(step);
  return {
    title: step.title,
    texts: [...(step.why === undefined ? [] : [step.why]), ...(said === null || said === step.title ? [] : [said])],
    commands: [...(said === null && step.flow === 'leaf' ? commandsOf(step, step.action) : []), ...done, ...undo],
    facts,
    parts: step.blocks.map(({ label, when, steps }) => ({
      label: when === undefined ? label : `${label} (when ${when})`,
      steps: steps.map(stepOf),
    })),
  };
}

function commandsOf(body: Body, label: string): readonly Command[] {
  const { params, summary } = body;
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  return [
    {
      label,
      text:
        typeof script === 'string' ? script.trimEnd() : `${body.action === label ? '' : `${body.action}: `}${summary}`,
    },
  ];
}

/** What a person is told to do, or asked; null: it is no step for a person. */
function instructionsOf({ action, params, effect, summary }: Step): string | null {
  if (effect !== 'person' && effect !== 'gate') return null;
  const text = typeof params === 'object' && params !== null && 'instructions' in params ? params.instructions : null;
  if (typeof text === 'string') return text;
  return action === 'checklist' ? null : summary;
}
