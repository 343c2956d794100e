/** A document as somebody reads it: headings, steps with their facts, and code; what Markdown and HTML are written from. */
import type { Body, Runbook, Step } from '../../runbook/document.ts';
import { durationText } from '../../runbook/scalar.ts';
import { bodyFacts, type Fact, rulesFacts, stepFacts, type TitleOf, variableText } from './facts.ts';

export interface Command {
  /** What it is: `run`, `undo`, `check`. */
  readonly label: string;
  readonly text: string;
  /** Of a command beside the one of the step. */
  readonly facts: readonly Fact[];
}

export interface ReadStep {
  readonly title: string;
  /** Markdown of the author. */
  readonly texts: readonly string[];
  readonly commands: readonly Command[];
  readonly facts: readonly Fact[];
  readonly parts: readonly { readonly label: string; readonly steps: readonly ReadStep[] }[];
}

export interface ReadPart {
  readonly title: string;
  readonly intro: readonly string[];
  /** Lines that are no steps. */
  readonly lines: readonly Fact[];
  readonly steps: readonly ReadStep[];
}

export interface ReadDocument {
  readonly title: string;
  readonly kind: Runbook['kind'];
  readonly facts: readonly Fact[];
  readonly variables: readonly Fact[];
  readonly parts: readonly ReadPart[];
  /** Paths of the documents that it includes. */
  readonly includes: readonly string[];
}

/** `runbook` as it is read. */
export function readable(runbook: Runbook): ReadDocument {
  const { report, checklist, vars, documents } = runbook;
  const titles = titlesOf(runbook);
  const titleOf: TitleOf = (id) => titles.get(id) ?? id;
  const weights = new Map(checklist?.categories.map(({ id, weight }) => [id, weight]));
  return {
    title: runbook.title,
    kind: runbook.kind,
    facts: [...headFacts(runbook), ...(checklist === undefined ? [] : rulesFacts(checklist))],
    variables: Object.entries(vars).map(([name, variable]) => [name, variableText(variable)]),
    parts: [
      ...runbook.phases.map(({ id, title, steps, budgetMs, atEnd }): ReadPart => {
        const weight = weights.get(id);
        const lines: readonly Fact[] = [
          ...(weight === undefined || weight === '1' ? [] : [['Weight', weight] as const]),
          ...(budgetMs === undefined
            ? []
            : [['Time for it', `${durationText(budgetMs)} with a rollback of it all${atEndText(atEnd)}`] as const]),
        ];
        return { title, intro: [], lines, steps: steps.map((step) => stepOf(step, titleOf)) };
      }),
      ...rollbackPart(runbook, titleOf),
      ...hooksPart(runbook),
      ...(report.success.length === 0
        ? []
        : [
            part(
              'It has succeeded when',
              report.success.map(({ criterion, steps }) => [criterion, shownBy(steps, titleOf)]),
            ),
          ]),
      ...report.sections.map(({ title, entries }) =>
        part(
          `In the report: ${title}`,
          entries.map(({ label, text }) => [label ?? '', text]),
        ),
      ),
    ],
    includes: documents.slice(1).map(({ path }) => path),
  };
}

function headFacts({
  environment,
  severity,
  remind,
  window,
  target,
  rollback,
  needs,
  change,
  rehearsed,
  hosts,
}: Runbook): readonly Fact[] {
  const facts: Fact[] = [];
  const add = (label: string, text: string | undefined): void => {
    if (text !== undefined) facts.push([label, text]);
  };
  add('Environment', environment);
  add('Severity', severity);
  for (const { everyMs, text } of remind ?? []) add('Every', `${durationText(everyMs)}: ${text}`);
  if (window !== undefined)
    add('Window', `a rollback is over by ${window.ends} ${window.zone}${atEndText(window.atEnd)}`);
  if (rehearsed !== undefined)
    add(
      'Rehearsed',
      `within ${durationText(rehearsed.withinMs)}${rehearsed.signed ? ', signed' : ''}, by gonogo drill`,
    );
  for (const { program, hint } of needs ?? []) add('Needs', `${program}${hint === undefined ? '' : ` (${hint})`}`);
  add('Target', target === undefined ? undefined : `${target.name} (identified by ${commandText(target.identity)})`);
  for (const [name, group] of Object.entries(hosts ?? {}))
    add('Hosts', `${name}: ${typeof group === 'string' ? group : group.join(', ')}`);
  add('Ticket', change?.ticket);
  add('Requester', change?.requester);
  add('Commit', change?.commit);
  for (const { name, sha256 } of change?.artefacts ?? []) add('Artefact', `${name}, sha256 ${sha256}`);
  add('Rollback point', rollback.point);
  return facts;
}

/** What is done at the moment to decide, where nobody is there. */
function atEndText(atEnd: 'rollback' | 'pause' | undefined): string {
  if (atEnd === undefined) return '';
  return atEnd === 'rollback' ? '; where nobody decides it is rolled back' : '; where nobody decides it waits';
}

function part(title: string, lines: readonly Fact[]): ReadPart {
  return { title, intro: [], lines, steps: [] };
}

function shownBy(steps: readonly string[], titleOf: TitleOf): string {
  return `shown by ${steps.map((id) => `“${titleOf(id)}”`).join(', ')}`;
}

function rollbackPart({ rollback }: Runbook, titleOf: TitleOf): readonly ReadPart[] {
  const { triggers, steps } = rollback;
  if (steps.length === 0 && triggers.length === 0) return [];
  const when = triggers.length === 0 ? [] : [`Roll back when:\n\n${triggers.map((text) => `- ${text}`).join('\n')}`];
  return [
    {
      title: 'Rollback',
      intro: [...when, 'The undo of what was done comes first, newest first.'],
      lines: [],
      steps: steps.map((step) => stepOf(step, titleOf)),
    },
  ];
}

function hooksPart({ hooks }: Runbook): readonly ReadPart[] {
  if (hooks === undefined) return [];
  const steps = hooks.map(({ id, title, on, body }): ReadStep => {
    return {
      title: title === id ? on : `${on}: ${title}`,
      texts: [],
      commands: commandsOf(body, body.action),
      facts: [],
      parts: [],
    };
  });
  return [{ title: 'What is done when the run comes to a state', intro: [], lines: [], steps }];
}

/** Titles of all steps, the ones inside others too. */
function titlesOf({ phases, rollback }: Runbook): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  const note = (steps: readonly Step[]): void => {
    for (const { id, title, blocks } of steps) {
      titles.set(id, title);
      for (const block of blocks) note(block.steps);
    }
  };
  for (const { steps } of [...phases, rollback]) note(steps);
  return titles;
}

/** A step on hosts reads as the one that each of them has, with where it happens. */
function onHosts(step: Step, pattern: Step, titleOf: TitleOf): ReadStep {
  const each = stepOf({ ...pattern, bindings: {} }, titleOf);
  const where = stepFacts(step, titleOf);
  const isTold = ([label, text]: Fact): boolean => where.some(([name, said]) => name === label && said === text);
  return { ...each, facts: [...where, ...each.facts.filter((fact) => !isTold(fact))] };
}

function stepOf(step: Step, titleOf: TitleOf): ReadStep {
  if (step.on !== undefined && step.each !== undefined) return onHosts(step, step.each.pattern, titleOf);
  const undo = step.undo.kind === 'bodies' ? step.undo.bodies.flatMap((body) => commandsOf(body, 'undo')) : [];
  const done = step.doneWhen === undefined ? [] : commandsOf(step.doneWhen, 'done when');
  const said = instructionsOf(step);
  const own =
    said === null && step.flow === 'leaf' ? commandsOf(step, step.action).map((one) => ({ ...one, facts: [] })) : [];
  return {
    title: step.title,
    texts: [...(step.why === undefined ? [] : [step.why]), ...(said === null || said === step.title ? [] : [said])],
    commands: [...own, ...done, ...undo],
    facts: [...stepFacts(step, titleOf), ...bodyFacts(step)],
    parts: [...copiesOf(step, titleOf), ...step.blocks.map((block) => blockOf(step, block, titleOf))],
  };
}

function blockOf({ checklist }: Step, block: Step['blocks'][number], titleOf: TitleOf): ReadStep['parts'][number] {
  const { label, when, goto, steps } = block;
  const weight = checklist?.categories.find(({ title }) => title === label)?.weight;
  const more = [
    ...(when === undefined ? [] : [`when ${when}`]),
    ...(goto === undefined ? [] : [`go on with “${titleOf(goto)}”`]),
    ...(weight === undefined || weight === '1' ? [] : [`weight ${weight}`]),
  ];
  return {
    label: more.length === 0 ? label : `${label} (${more.join('; ')})`,
    steps: steps.map((step) => stepOf(step, titleOf)),
  };
}

/** The step of which copies are made as the run comes by. */
function copiesOf({ each }: Step, titleOf: TitleOf): ReadStep['parts'] {
  if (each === undefined) return [];
  const lists = each.lists
    .map(({ name, values }) => `${name} of ${values}`)
    .join(each.multiply ? ' with each ' : ' and ');
  const gathered = Object.entries(each.gather).map(([list, name]) => `; ${list} lists each ${name}`);
  return [{ label: `For each ${lists}${gathered.join('')}`, steps: [stepOf(each.pattern, titleOf)] }];
}

function commandsOf(body: Body, label: string): readonly Command[] {
  const text = commandText(body);
  const named =
    scriptOf(body) === null && body.action !== label && !text.startsWith(`${body.action} `)
      ? `${body.action}: ${text}`
      : text;
  return [{ label, text: named, facts: bodyFacts(body) }];
}

function commandText(body: Body): string {
  return scriptOf(body)?.trimEnd() ?? body.summary;
}

function scriptOf({ params }: Body): string | null {
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  return typeof script === 'string' ? script : null;
}

/** What a person is told to do, or asked; null: it is no step for a person. */
function instructionsOf({ action, params, effect, summary }: Step): string | null {
  if (effect !== 'person' && effect !== 'gate') return null;
  const text = typeof params === 'object' && params !== null && 'instructions' in params ? params.instructions : null;
  if (typeof text === 'string') return text;
  return action === 'checklist' ? null : summary;
}
