/**
 * JSON Schemas of documents, for editors. Made of the same zod schemas that the parser reads with; only what nests steps is
 * put together by hand.
 *
 * Invariant: it accepts every document that the parser accepts. The parser knows more (names, expressions, references).
 */
import * as z from 'zod';
import type { ActionSpec, ActionSpecs } from './action-spec.ts';
import { hookActions } from './compile-hooks.ts';
import type { Json } from './document.ts';
import { drillShape } from './drill-shape.ts';
import { type KeyText, keyTexts } from './key-texts.ts';
import { nestedKeyTexts } from './nested-key-texts.ts';
import {
  bodyShape,
  categoryShape,
  checklistShape,
  hookBodyKeys,
  hookShape,
  hooksShape,
  itemShape,
  onShape,
  phaseShape,
  reportShape,
  rollbackShape,
  runbookShape,
  stepShape,
  targetShape,
  variableSchema,
} from './shape.ts';

type Schema = { readonly [key: string]: Json };

const draft = 'https://json-schema.org/draft/2020-12/schema';
const anyScalar: Schema = { type: ['string', 'number', 'boolean'] };
const steps: Schema = { type: 'array', items: { $ref: '#/$defs/step' } };
const someSteps: Schema = { ...steps, minItems: 1 };
const hooks: Schema = { type: 'array', minItems: 1, items: { $ref: '#/$defs/hook' } };
const body: Schema = { $ref: '#/$defs/body' };

/** A phase whose steps happen on hosts. */
function phaseOnHosts(): Schema {
  const keys = {
    ...schemasOf(phaseShape),
    ...schemasOf(onShape),
    ...schemasOf({ on_fail: stepShape.on_fail }),
    steps: someSteps,
  };
  return closed(keys, ['on', 'steps']);
}

/** A phase that has a budget. */
function phaseWithLimits(): Schema {
  return closed({ ...schemasOf(phaseShape), steps: someSteps }, ['budget', 'steps']);
}

/** The JSON Schema of a runbook with the actions of `specs`. */
export function runbookJsonSchema(specs: ActionSpecs): Schema {
  const properties = {
    ...schemasOf(runbookShape),
    vars: { type: 'object', additionalProperties: { anyOf: [anyScalar, { type: 'array' }, schemaOf(variableSchema)] } },
    target: closed({ ...schemasOf(targetShape), identity: body }, ['name', 'identity']),
    phases: {
      type: 'object',
      minProperties: 1,
      additionalProperties: { anyOf: [someSteps, phaseOnHosts(), phaseWithLimits()] },
    },
    rollback: closed({ ...schemasOf(rollbackShape), steps }),
    hooks: closed(Object.fromEntries(Object.keys(hooksShape).map((key) => [key, hooks]))),
    report: closed(schemasOf(reportShape)),
  };
  return {
    $schema: draft,
    title: 'gonogo runbook',
    ...closed(properties, ['runbook', 'phases']),
    $defs: definitions(specs),
  };
}

/** The JSON Schema of a checklist with the actions of `specs`. */
export function checklistJsonSchema(specs: ActionSpecs): Schema {
  return {
    $schema: draft,
    title: 'gonogo checklist',
    ...checklist(['checklist', 'categories']),
    $defs: definitions(specs),
  };
}

/** The JSON Schema of a drill file. */
export function drillJsonSchema(): Schema {
  return { $schema: draft, title: 'gonogo drill file', ...closed(schemasOf(drillShape), ['drill']) };
}

function checklist(required: readonly string[]): Schema {
  const items = { type: 'array', minItems: 1, items: { $ref: '#/$defs/item' } };
  const category = closed({ ...schemasOf(categoryShape), items }, ['items']);
  const categories = { type: 'object', minProperties: 1, additionalProperties: category };
  const facts = { type: 'object', additionalProperties: { $ref: '#/$defs/fact' } };
  return closed({ ...schemasOf(checklistShape), facts, categories }, required);
}

function definitions(specs: ActionSpecs): Schema {
  const actions = [...specs.values()];
  const undo = { anyOf: [{ type: 'string' }, body, { type: 'array', minItems: 1, items: body }] };
  const leaves = actions.filter(({ flow }) => flow === 'leaf');
  return {
    body: oneAction(leaves, schemasOf(bodyShape)),
    item: oneAction(leaves, { ...schemasOf(bodyShape), ...schemasOf(itemShape) }),
    hook: oneAction(
      leaves.filter(({ name }) => hookActions.includes(name)),
      {
        ...schemasOf(Object.fromEntries(Object.entries(bodyShape).filter(([key]) => hookBodyKeys.includes(key)))),
        ...schemasOf(hookShape),
      },
    ),
    fact: oneAction(leaves, { ...schemasOf(bodyShape), ...schemasOf({ title: itemShape.title }) }),
    step: oneAction(actions, { ...schemasOf(bodyShape), ...schemasOf(stepShape), undo, done_when: body }),
  };
}

/** A map with exactly one of `actions`, and any of `keys`. */
function oneAction(actions: readonly ActionSpec[], keys: Schema): Schema {
  const siblings = Object.fromEntries(actions.flatMap((spec) => spec.siblings.map((name) => [name, {}])));
  const own = Object.fromEntries(
    actions.map((spec) => [spec.name, { description: spec.about, ...schemaOfValue(spec) }]),
  );
  return { ...closed({ ...keys, ...siblings, ...own }), oneOf: actions.map(({ name }) => ({ required: [name] })) };
}

function schemaOfValue(spec: ActionSpec): Schema {
  switch (spec.flow) {
    case 'parallel':
    case 'steps':
      return { ...steps, minItems: 1 };
    case 'checklist':
      return { anyOf: [{ type: 'string' }, checklist(['categories'])] };
    case 'choose':
      return withSteps(schemaOf(spec.params));
    case 'leaf':
    case 'include':
      return schemaOf(spec.params);
  }
}

/** The options of a choice hold steps, which their schema leaves open. */
function withSteps(schema: Schema): Schema {
  const change = (value: Json): Json => {
    if (value === null || typeof value !== 'object') return value;
    if (isList(value)) return value.map(change);
    const entries = Object.entries(value).map(([key, item]) => [key, change(item)] as const);
    const changed: Record<string, Json> = Object.fromEntries(entries);
    const { properties } = changed;
    if (isSchema(properties) && 'goto' in properties) changed['properties'] = { ...properties, steps };
    return changed;
  };
  const changed = change(schema);
  return isSchema(changed) ? changed : schema;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every property with its hover text, where it has none of its own, and so on inside each. `around`: the key whose value it is. */
function described(properties: Schema, around: string): Schema {
  const entries = Object.entries(properties).map(([key, schema]) => {
    if (!isSchema(schema)) return [key, schema] as const;
    const inner = describedInside(schema, key);
    const text = textOf(around, key);
    if (text === undefined || 'description' in schema) return [key, inner] as const;
    return [key, { ...inner, description: `${text.about} Example: ${text.example}` }] as const;
  });
  return Object.fromEntries(entries);
}

function textOf(around: string, key: string): KeyText | undefined {
  return nestedKeyTexts.get(`${around}.${key}`) ?? (Object.hasOwn(keyTexts, key) ? keyTexts[key] : undefined);
}

function describedInside(schema: Schema, key: string): Schema {
  const change = (value: Json, name: string): Json => {
    if (isList(value)) return value.map((one) => change(one, ''));
    if (!isSchema(value)) return value;
    return name === 'properties' ? described(value, key) : describedInside(value, key);
  };
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, change(value, name)]));
}

function closed(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    properties: described(properties, ''),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function schemasOf(shape: Readonly<Record<string, z.ZodType>>): Schema {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schemaOf(schema)]));
}

function schemaOf(schema: z.ZodType): Schema {
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const { $schema: _draft, ...rest } = jsonObject.parse(JSON.parse(JSON.stringify(made)));
  return rest;
}

const jsonObject = z.record(z.string(), z.json());
