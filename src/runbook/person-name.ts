/**
 * When two names are one person's. The one place that says so: for who drives, who asked for the change, who consents and who is in
 * a role.
 *
 * Names are compared by what is left of them to somebody who reads them: letters and digits, whatever their case, width, accents and
 * spacing, without what does not show, and a letter of another script as the Latin one that it looks like. Rather two people
 * taken for one, who then say which they are, than one for two.
 *
 * Invariants: pure, total (any string) and linear; what `visible` makes of a name is the same name. A name proves nothing about who
 * typed it, however it is compared.
 */
import { visible } from '../diagnostics/sanitise.ts';

/** True when both are taken for one person's: `ada`, `A.D.A.`, `ada@example.com` and `Ada <ada@example.com>` are. */
export function isSameName(a: string, b: string): boolean {
  const [some, others] = [aliasesOf(a), aliasesOf(b)];
  return some.some((one) => others.some((other) => isSameAlias(one, other)));
}

/** True for what can be told apart from other names: it has a letter or a digit. */
export function isName(text: string): boolean {
  return folded(text).replaceAll('@', '') !== '';
}

/** `names` with one of each person, the first that is named. */
export function differentPeople(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.findIndex((one) => isSameName(one, name)) === index);
}

/** `NAME <MAIL>`, as git writes it, is both. */
function aliasesOf(name: string): readonly string[] {
  const [, before = '', mail] = /^([^<>]*)<([^<>]+@[^<>]+)>\s*$/.exec(name) ?? [];
  return [before, mail ?? name].map(folded).filter((alias, index) => index > 0 || alias !== '');
}

/** A name without a host is that of any host. */
function isSameAlias(one: string, other: string): boolean {
  if (one === other) return true;
  const [oneLocal, oneHost] = one.split('@');
  const [otherLocal, otherHost] = other.split('@');
  return oneLocal === otherLocal && (oneHost === undefined || otherHost === undefined);
}

/** What is left of `name` to be compared: letters and digits, and the `@` of an address. */
function folded(name: string): string {
  return (
    // What does not print stands as its number in names that were recorded.
    visible(name)
      .replaceAll(/<U\+[0-9A-F]{4,6}>/g, '')
      .normalize('NFKC')
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKD')
      // Accents go; the vowel signs of scripts that write vowels as marks stay.
      .replaceAll(/[\p{Script=Inherited}\p{Default_Ignorable_Code_Point}]/gu, '')
      .replaceAll(/(?=\p{M})[\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]/gu, '')
      .replaceAll(/[^\p{L}\p{M}\p{N}@]/gu, '')
      .normalize('NFKD')
      .replaceAll(/[^a-z2-9@]/gu, (character) => latin.get(character) ?? character)
  );
}

/** Letters, in either case, that look like a Latin one, and the digits that do. */
const latin: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аα',
    b: 'вβь',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еεє',
    g: 'ցɡ',
    h: 'нһηհ',
    i: 'іιıɩ',
    j: 'јϳ',
    k: 'кκĸ',
    l: 'ӏ1ǀ',
    m: 'мμ',
    n: 'ոп',
    o: 'оοσςօ0',
    p: 'рρ',
    q: 'ԛզ',
    r: 'г',
    s: 'ѕꜱ',
    t: 'тτ',
    u: 'սυ',
    v: 'νѵ',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγү',
    z: 'ζᴢ',
  }).flatMap(([letter, looks]) => [...looks].map((look): [string, string] => [look, letter])),
);
