/** Who drives a run and who watches it, in words. */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { rough } from './format.ts';

const namedMax = 2;

interface Person {
  readonly name: string;
  readonly hostname: string;
}

/** Who is at a run. `seenAt`: epoch ms; null: not known. */
interface People {
  readonly driver: (Person & { readonly since: string; readonly seenAt: number | null }) | null;
  readonly watchers: readonly Person[];
}

/** One line each for a page, sanitised; none where nobody can be seen. `now`: epoch ms. */
export function peopleLines(people: People | null, now: number): readonly string[] {
  if (people === null) return [];
  const { driver, watchers } = people;
  const seen = driver?.seenAt ?? null;
  const last = seen === null ? '' : `, last seen ${rough(Math.max(0, now - seen))} ago`;
  return [
    ...(driver === null ? [] : [`drives     ${placed(driver)} since ${visibleLine(driver.since)}${last}`]),
    ...watchers.map((one) => `watches    ${placed(one)}`),
  ];
}

/** The same in a few cells; empty where there is nothing to say. `drives`: from here. */
export function peopleText(people: People | null, drives: boolean): string {
  if (people === null) return '';
  const { driver, watchers } = people;
  const names = [...new Set(watchers.map(({ name }) => visibleLine(name)))];
  const more = names.length > namedMax ? ` +${names.length - namedMax}` : '';
  const who = `${names.slice(0, namedMax).join(', ')}${more}`;
  const parts = [
    drives || driver === null ? '' : `${visibleLine(driver.name)} drives`,
    names.length === 0 ? '' : `${who} ${names.length === 1 ? 'watches' : 'watch'}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function placed({ name, hostname }: Person): string {
  return `${visibleLine(name)} on ${visibleLine(hostname)}`;
}
