/**
 * What the pure parser must know about an action. `actions/` holds the implementations and their registry; the
 * parser receives the registry as a value, so adding an action touches nothing in this folder.
 */
import type { z } from 'zod';
import type { Effect, Json } from './document.ts';

/** CEL type names of the variables that `expect`, `capture` and `give_up` see. */
export type FieldType =
  | 'int'
  | 'double'
  | 'string'
  | 'bool'
  | 'list<string>'
  | 'list<dyn>'
  | 'map<string, dyn>'
  | 'map<string, bool>'
  | 'dyn';

/**
 * How an action's value is nested: `leaf` for most; the others hold steps, which the parser compiles itself:
 * `choose`, `parallel` and `steps` become blocks, `include` is spliced in at load where nothing stands beside it and becomes a
 * block in `parallel`, `checklist` becomes blocks of items.
 */
export type ActionFlow = 'leaf' | 'choose' | 'parallel' | 'steps' | 'include' | 'checklist';

export interface ActionSpec {
  /** The key in a document: `run`. */
  readonly name: string;
  /** One line for `gonogo schema` and for "allowed actions". */
  readonly about: string;
  readonly flow: ActionFlow;
  /**
   * Reads the value under the action's key and normalises it to JSON (shorthand expanded). Scalars arrive as
   * `scalar.ts` says; build schemas from its `text`, `integer`, `boolean`, `duration` pieces.
   * For flows other than `leaf` it reads the value with nested steps left as `unknown`.
   */
  readonly params: z.ZodType<Json>;
  /** Keys beside the action's own that it reads, e.g. `shell` for `run`; merged into `params` under that name. */
  readonly siblings: readonly string[];
  /** Parameter whose text is shown to a person, who may edit it, before it goes out; null: none. */
  readonly draft: string | null;
  effect(params: Json): Effect;
  /** Variables visible to `expect`, `capture`, `give_up`. Empty: the step has no result to test. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** CEL that holds unless `expect` refers to one of `exit`, `status`; null when there is none. */
  readonly defaultExpect: string | null;
  /** CEL that says whether what was looked for is there; what a fact means that expects nothing else. Absent: that it passed. */
  readonly foundWhen?: string;
  /** The field that a bare `capture: name` takes; null when the action captures nothing. */
  readonly captureField: string | null;
  /** True for a string at `path` in `params` where variables are environment variables and `${{ }}` is an error. */
  isScript(params: Json, path: readonly (string | number)[]): boolean;
  /** True for a string at `path` in `params` where `${{ }}` of a secret is allowed (http headers and body, webhook). */
  allowsSecret(params: Json, path: readonly (string | number)[]): boolean;
  /** True: it can happen on another machine. */
  readonly onHosts?: true;
  /** True: it only looks at files, in this process, so that many of them share one look and none waits for its turn. */
  readonly looksAtFiles?: true;
  /** One line: what an operator reads as the command. At most 200 characters, no line break. */
  summary(params: Json): string;
}

export type ActionSpecs = ReadonlyMap<string, ActionSpec>;
