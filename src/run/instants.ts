/**
 * Instants as text: UTC, by arithmetic alone, the same on every machine.
 *
 * It may not use Date or a locale.
 */

const dayMs = 86_400_000;

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** `2026-11-21T03:12:44.250Z` (RFC 3339) for epoch milliseconds. For data, where a program reads it. */
export function isoTime(ms: number): string {
  return `${utcDate(ms)}T${utcClock(ms)}.${digits(Math.floor(ms - Math.floor(ms / 1000) * 1000), 3)}Z`;
}

/** `2026-11-21` for epoch milliseconds. Dates of years 0000 to 9999 compare by code unit. */
export function utcDate(ms: number): string {
  const { year, month, day } = civil(Math.floor(ms / dayMs));
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** `03:12:44` for epoch milliseconds. */
export function utcClock(ms: number): string {
  const seconds = Math.floor((ms - Math.floor(ms / dayMs) * dayMs) / 1000);
  return `${digits(Math.floor(seconds / 3600), 2)}:${digits(Math.floor(seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}`;
}

/** `2026-11-21 03:12 UTC` for epoch milliseconds. For people. */
export function utcMinute(ms: number): string {
  return `${utcDate(ms)} ${utcClock(ms).slice(0, 5)} UTC`;
}

/**
 * Day of the proleptic Gregorian calendar from days since 1970-01-01, by counting from a 1 March so that the leap day is the last
 * of its year; 146097 days make one cycle of 400 years.
 */
function civil(days: number): Civil {
  const shifted = days + 719_468;
  const cycle = Math.floor(shifted / 146_097);
  const dayOfCycle = shifted - cycle * 146_097;
  const leapDays = Math.floor(dayOfCycle / 1460) - Math.floor(dayOfCycle / 36_524) + Math.floor(dayOfCycle / 146_096);
  const yearOfCycle = Math.floor((dayOfCycle - leapDays) / 365);
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

/** `value` with zeros in front until it has `width` digits. */
export function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
