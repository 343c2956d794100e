/** `data`: a structured file as a value: YAML, JSON, TOML or env. */
import { parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { parseEnvText } from '../runbook/env-text.ts';
import { type CelValue, JsonTextError, parseJson } from '../runbook/expression.ts';
import { someText, strict, word } from '../runbook/scalar.ts';
import { isTooDeep, tooDeep } from '../runbook/yaml-depth.ts';
import { fromCwd } from '../search/from-cwd.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction, withShortForm } from './define-action.ts';
import { failed, onTarget, reading, stopwatch, textBytesMax, textOf } from './reading.ts';
import { parseToml, TomlError } from './toml.ts';

const formats = ['yaml', 'json', 'toml', 'env'] as const;
type Format = (typeof formats)[number];
const extensions: Readonly<Record<string, Format>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  toml: 'toml',
  env: 'env',
};

const long = strict({ file: someText, format: word(formats).exactOptional() }).refine(
  ({ file, format }) => format !== undefined || file.includes('${{') || formatOf(file) !== null,
  { error: `the format cannot be told from the name of the file\nadd format: one of ${formats.join(', ')}` },
);
type Params = z.infer<typeof long>;

export const data = defineAction({
  name: 'data',
  about: 'read a YAML, JSON, TOML or env file as data',
  onHosts: true,
  params: withShortForm([someText], (file) => ({ file }), long),
  effect: 'read',
  fields: { doc: 'dyn' },
  looksAtFiles: true,
  summary: ({ file }) => `data ${file}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context, elapsedMs));
  },
});

function formatOf(file: string): Format | null {
  return extensions[file.slice(file.lastIndexOf('.') + 1).toLowerCase()] ?? null;
}

async function perform({ target, params, cwd }: Context<Params>, elapsedMs: () => number): Promise<Reading> {
  const format = params.format ?? formatOf(params.file);
  if (format === null) return failed(`the format of ${params.file} is not known; add format`, elapsedMs());
  const path = fromCwd(cwd, params.file);
  if ((await target.files.facts(path)) === null) {
    return reading({ fields: { doc: null }, reason: `there is no file ${params.file}`, ms: elapsedMs() });
  }
  const bytes = await target.files.read(path, { bytesMax: textBytesMax });
  try {
    return reading({ fields: { doc: parse(textOf(bytes), format) }, ms: elapsedMs() });
  } catch (error) {
    if (!(error instanceof DataError || error instanceof JsonTextError || error instanceof TomlError)) throw error;
    return failed(`${params.file} is not ${format}: ${error.message}`, elapsedMs());
  }
}

class DataError extends Error {
  override readonly name = 'DataError';
}

function parse(text: string, format: Format): CelValue {
  switch (format) {
    case 'json':
      return parseJson(text);
    case 'yaml':
      return parseYaml(text);
    case 'toml':
      return parseToml(text);
    case 'env':
      return parseEnv(text);
  }
}

/** One document, or a list of them when there are several. Aliases are bounded. */
function parseYaml(text: string): CelValue {
  const documents = parseAllDocuments(text, { intAsBigInt: true, uniqueKeys: true, logLevel: 'silent' });
  if (!Array.isArray(documents)) return null;
  const values: CelValue[] = [];
  for (const document of documents) {
    const error = document.errors[0];
    if (isTooDeep(error)) throw new DataError(tooDeep);
    if (error !== undefined) throw new DataError(error.message.split('\n')[0] ?? '');
    try {
      values.push(fromYaml(document.toJS({ maxAliasCount: 100 }), 0));
    } catch (cause) {
      if (isTooDeep(cause)) throw new DataError(tooDeep);
      throw cause instanceof DataError ? cause : new DataError(cause instanceof Error ? cause.message : 'not readable');
    }
  }
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}

const depthMax = 200;

function fromYaml(value: unknown, depth: number): CelValue {
  if (depth > depthMax) throw new DataError(`nested more than ${depthMax} deep`);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => fromYaml(item, depth + 1));
  if (typeof value !== 'object') throw new DataError(`a ${typeof value} has no place in data`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromYaml(item, depth + 1)]));
}

/** Lines `NAME=value`, also with `export`; `#` lines are comments; quotes around a whole value are taken off. */
function parseEnv(text: string): CelValue {
  const read = parseEnvText(text);
  if (!read.ok) throw new DataError(`line ${read.line} is not NAME=value`);
  return { ...read.values };
}
