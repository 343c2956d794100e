/** Days of the calendar in UTC, by arithmetic alone: no locale and no clock. */

/** `YYYY-MM-DD` in UTC of epoch ms, by arithmetic alone (days of the proleptic Gregorian calendar, counted from a 1 March). */
export function dayOf(ms: number): string {
  const days = Math.floor(ms / 86_400_000) + 719_468;
  const cycle = Math.floor(days / 146_097);
  const inCycle = days - cycle * 146_097;
  const year = Math.floor(
    (inCycle - Math.floor(inCycle / 1460) + Math.floor(inCycle / 36_524) - Math.floor(inCycle / 146_096)) / 365,
  );
  const inYear = inCycle - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const shifted = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const calendar = year + cycle * 400 + (month <= 2 ? 1 : 0);
  return `${pad(calendar, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = month === 2 && !leap ? 28 : (daysInMonth[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

/** The beginning of `day` (`YYYY-MM-DD`, of the calendar) in UTC, epoch ms: the inverse of `dayOf`. */
export function msOf(day: string): number {
  const [year = 0, month = 1, inMonth = 1] = day.split('-').map(Number);
  const shifted = month > 2 ? month - 3 : month + 9;
  const of = month > 2 ? year : year - 1;
  const days = 365 * of + Math.floor(of / 4) - Math.floor(of / 100) + Math.floor(of / 400);
  return (days + Math.floor((153 * shifted + 2) / 5) + inMonth - 1 - 719_468) * 86_400_000;
}

/** Whether the day `until` was over at `at`; false when `until` does not begin with a date. */
export function hasExpired(until: string, at: number): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(until) && until.slice(0, 10) < dayOf(at);
}
