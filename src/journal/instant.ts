/**
 * Instants as the journal writes them: RFC 3339 in UTC with milliseconds, `2026-11-21T03:12:44.123Z`, and no other form.
 * Pure: reads no clock.
 */

/** The text of an instant. `epochMs` is an integer of the years 0000 to 9999. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

const FORM = '0000-00-00T00:00:00.000Z';
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Epoch milliseconds of a text in exactly the journal's form; null for any other text and for dates that do not exist. */
export function parseInstant(text: string): number | null {
  if (!hasForm(text)) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS_IN_MONTH[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0);
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return null;
  const beforeYear = year === 0 ? 0 : 366 + leapDays(year - 1) + (year - 1) * 365;
  const beforeMonth = (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (leap && month > 2 ? 1 : 0);
  // Day 719528 of the proleptic Gregorian calendar, counted from 0000-01-01, is 1970-01-01.
  const epochDays = beforeYear + beforeMonth + day - 1 - 719_528;
  return (((epochDays * 24 + hour) * 60 + minute) * 60 + second) * 1000 + digits(text, 20, 23);
}

function hasForm(text: string): boolean {
  if (text.length !== FORM.length) return false;
  for (let at = 0; at < FORM.length; at += 1) {
    const expected = FORM.charCodeAt(at);
    const found = text.charCodeAt(at);
    if (expected === 48 ? found < 48 || found > 57 : found !== expected) return false;
  }
  return true;
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + text.charCodeAt(at) - 48;
  return value;
}

/** Leap days of the years 1 to `year`. */
function leapDays(year: number): number {
  return Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
}
