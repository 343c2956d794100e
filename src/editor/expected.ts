/**
 * What may stand at a place of a document, by the schema that editors get: keys with their texts, and words that are values.
 *
 * Invariant: it asks the JSON Schema and nothing else, so that what is offered is what is read.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Json } from '../runbook/document.ts';
import { checklistJsonSchema, runbookJsonSchema } from '../runbook/json-schema.ts';
import type { Path } from '../runbook/yaml.ts';

type Schema = { readonly [key: string]: Json };

/** A key or a value, and what is said of it (or empty). */
export interface Word {
  readonly name: string;
  readonly about: string;
}

export interface Expected {
  readonly keys: readonly Word[];
  readonly values: readonly Word[];
  /** Keys of which a map has exactly one. */
  readonly oneOf: ReadonlySet<string>;
}

export interface Expectations {
  /** What may stand at `path` of a document of this kind. */
  at(kind: string, path: Path): Expected;
  /** What is said of the last key of `path`; empty: nothing. */
  about(kind: string, path: Path): string;
}

/** Schemas are made once. */
export function expectations(specs: ActionSpecs): Expectations {
  const runbook = runbookJsonSchema(specs);
  const checklist = checklistJsonSchema(specs);
  const roots: Readonly<Record<string, Schema>> = {
    runbook,
    checklist,
    steps: {
      ...runbook,
      properties: {
        steps: { type: 'array', items: { $ref: '#/$defs/step' }, description: 'The steps of a fragment.' },
      },
    },
  };
  const rootOf = (kind: string): Schema => (Object.hasOwn(roots, kind) ? (roots[kind] ?? runbook) : runbook);
  return {
    at: (kind, path) => expectedIn(schemasAt(rootOf(kind), path)),
    about: (kind, path) => {
      const key = path.at(-1);
      if (typeof key !== 'string') return '';
      const around = schemasAt(rootOf(kind), path.slice(0, -1));
      const texts = around.flatMap((schema) => textOf(memberOf(mapIn(schema['properties']), key)));
      return texts[0] ?? '';
    },
  };
}

function schemasAt(root: Schema, path: Path): readonly Schema[] {
  let schemas = forms(root, root);
  for (const part of path) {
    schemas = schemas.flatMap((schema) => {
      const next = typeof part === 'number' ? schema['items'] : inMap(schema, part);
      return isSchema(next) ? forms(root, next) : [];
    });
  }
  return schemas;
}

function inMap(schema: Schema, key: string): Json | undefined {
  return memberOf(mapIn(schema['properties']), key) ?? schema['additionalProperties'];
}

/** The schema and all forms that it names, each without references. */
function forms(root: Schema, schema: Schema): readonly Schema[] {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const target = memberOf(mapIn(root['$defs']), reference.replace('#/$defs/', ''));
    return isSchema(target) ? forms(root, target) : [];
  }
  const { anyOf } = schema;
  const others = isList(anyOf) ? anyOf.flatMap((form) => (isSchema(form) ? forms(root, form) : [])) : [];
  return [schema, ...others];
}

function expectedIn(schemas: readonly Schema[]): Expected {
  const keys = schemas.flatMap((schema) =>
    Object.entries(mapIn(schema['properties'])).map(([name, own]) => ({ name, about: textOf(own)[0] ?? '' })),
  );
  const values = schemas.flatMap((schema) => {
    const listed = isList(schema['enum']) ? schema['enum'] : [];
    const words = schema['type'] === 'boolean' ? ['true', 'false'] : listed;
    return words.flatMap((name) => (typeof name === 'string' ? [{ name, about: '' }] : []));
  });
  const oneOf = schemas.flatMap((schema) =>
    isList(schema['oneOf'])
      ? schema['oneOf'].flatMap((form) => {
          const required = isSchema(form) && isList(form['required']) ? form['required'][0] : undefined;
          return typeof required === 'string' ? [required] : [];
        })
      : [],
  );
  return { keys: once(keys), values: once(values), oneOf: new Set(oneOf) };
}

function once(words: readonly Word[]): readonly Word[] {
  return [...new Map(words.map((word) => [word.name, word])).values()];
}

function textOf(schema: Json | undefined): readonly string[] {
  const text = isSchema(schema) ? schema['description'] : undefined;
  return typeof text === 'string' ? [text] : [];
}

function memberOf(map: Schema, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function mapIn(value: Json | undefined): Schema {
  return isSchema(value) ? value : {};
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
