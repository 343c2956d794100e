/**
 * When a clock on the wall of a time zone next reads some time of day.
 *
 * Invariants: a time that such a clock skips is the moment at which it skips; of one that it reads twice the first counts that is still to
 * come. So a window never ends later than somebody could have meant.
 */
import type { WindowEnd } from '../run/event-clocks.ts';
import type { Runbook } from '../runbook/document.ts';
import { Refusal } from './refusal.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** By how much the clocks of `zone` are ahead of UTC at `at` (epoch ms); null: there is no such zone. */
export function zoneOffsetMs(zone: string, at: number): number | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] =
      /GMT([+-])?(\d{2})?:?(\d{2})?:?(\d{2})?/.exec(name) ?? [];
    const ms = (Number(hours) * 60 + Number(minutes)) * minuteMs + Number(seconds) * 1000;
    return sign === '-' ? -ms : ms;
  } catch {
    return null;
  }
}

/** When the window of `runbook` that opens at `from` (epoch ms) closes; null: it has none. A text: why that cannot be told. */
export function windowEnd({ window }: Pick<Runbook, 'window'>, from: number): WindowEnd | string | null {
  if (window === undefined) return null;
  const [hours = 0, minutes = 0] = window.ends.split(':').map(Number);
  const first = zoneOffsetMs(window.zone, from);
  if (first === null) return `there is no time zone ${window.zone}; write one like Europe/Berlin or UTC`;
  const wanted = (hours * 60 + minutes) * minuteMs;
  const found = [-1, 0, 1, 2].flatMap((day) => {
    const midnight = Math.floor((from + first) / dayMs) * dayMs + day * dayMs;
    return instantsOf(window.zone, midnight + wanted);
  });
  const endsAt = Math.min(...found.filter((at) => at > from));
  return { endsAt, offsetMs: zoneOffsetMs(window.zone, endsAt) ?? 0 };
}

/** The instants at which clocks of `zone` read `local` (epoch ms as if they were UTC); where they skip it, when they do. */
function instantsOf(zone: string, local: number): readonly number[] {
  const offsets = new Set([-dayMs, dayMs].map((away) => zoneOffsetMs(zone, local + away) ?? 0));
  const exact = [...offsets]
    .map((offset) => local - offset)
    .filter((at) => at + (zoneOffsetMs(zone, at) ?? 0) === local);
  if (exact.length > 0) return exact;
  let [low, high] = [local - Math.max(...offsets) - minuteMs, local - Math.min(...offsets)];
  const before = zoneOffsetMs(zone, low);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffsetMs(zone, middle) === before) low = middle;
    else high = middle;
  }
  return [high];
}

/** The same as a part of what is recorded. Throws `Refusal` where that cannot be told. */
export function windowFor(runbook: Pick<Runbook, 'window'>, from: number): { readonly window?: WindowEnd } {
  const end = windowEnd(runbook, from);
  if (typeof end === 'string') throw new Refusal({ code: 'no-such-zone' }, `window.zone: ${end}`);
  return end === null ? {} : { window: end };
}
