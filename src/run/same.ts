/** Equality of plain data, as a journal holds it: what is absent and what is undefined are the same. */
import type { EventDraft } from './event.ts';

/** True when both are the same JSON, whatever the order of their keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => isSame(one, b[at]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(own(a, key), own(b, key)));
}

/** True when both say the same, by the same actor, wherever they stand in a journal. */
export function isSameEvent(a: EventDraft, b: EventDraft): boolean {
  return a.type === b.type && isSame(a.actor, b.actor) && isSame(a.data, b.data);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
