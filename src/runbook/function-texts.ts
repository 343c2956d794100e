/**
 * What each function of expressions does, with an example and what it gives: for editors and the pages. A test evaluates every
 * example, and finds a function that has none.
 */

export interface FunctionText {
  readonly about: string;
  /** A whole expression. */
  readonly example: string;
  /** What the example gives, as an expression. */
  readonly gives: string;
}

const text = (about: string, example: string, gives: string): FunctionText => ({ about, example, gives });

/** By name, in the order in which they are listed. */
export const functionTexts: ReadonlyMap<string, FunctionText> = new Map([
  ['size', text('how many characters, elements, keys or bytes', 'size([1, 2, 3])', '3')],
  ['contains', text('whether a text stands in another', '"rolled out".contains("out")', 'true')],
  ['startsWith', text('whether a text begins so', '"v1.2".startsWith("v")', 'true')],
  ['endsWith', text('whether a text ends so', '"a.tar.gz".endsWith(".gz")', 'true')],
  ['matches', text('whether a pattern is found (RE2, linear time)', '"v1.2.3".matches("^v[0-9]+")', 'true')],
  ['exists', text('whether it holds for any element', '[1, 2].exists(x, x > 1)', 'true')],
  ['exists_one', text('whether it holds for exactly one element', '[1, 2, 3].exists_one(x, x > 2)', 'true')],
  ['all', text('whether it holds for every element', '[1, 2].all(x, x > 0)', 'true')],
  ['filter', text('the elements for which it holds', '[1, 2, 3].filter(x, x > 1)', '[2, 3]')],
  ['map', text('something of each element', '[1, 2].map(x, x * 2)', '[2, 4]')],
  ['has', text('whether a field is there', '[{"a": 1}].exists(x, has(x.a))', 'true')],
  ['version', text('a semantic version, to be compared', 'version("1.9.0") < version("1.10.0")', 'true')],
  ['date', text('a day or an instant, to be compared with now', 'date("2026-11-21") < date("2026-11-22")', 'true')],
  ['duration', text('a length of time', 'date("2026-01-02") - date("2026-01-01") == duration("24h")', 'true')],
  [
    'timestamp',
    text(
      'an instant of ISO 8601 text with a zone',
      'timestamp("2026-01-01T00:00:00Z") < timestamp("2027-01-01T00:00:00Z")',
      'true',
    ),
  ],
  ['int', text('a whole number; an error for what is none', 'int("42") + 1', '43')],
  ['uint', text('a whole number that is not negative', 'uint("42") == 42u', 'true')],
  ['double', text('a number; an error for what is none', 'double("2.5") * 2', '5.0')],
  ['string', text('the text of a value; of bytes, read as UTF-8', 'string(42)', '"42"')],
  ['bool', text('true or false of text', 'bool("true")', 'true')],
  ['bytes', text('the bytes of a text, in UTF-8', 'bytes("ä").size()', '2')],
  ['trim', text('without white space around', '" ok ".trim()', '"ok"')],
  ['lowerAscii', text('in small letters', '"OK".lowerAscii()', '"ok"')],
  ['upperAscii', text('in capitals', '"ok".upperAscii()', '"OK"')],
  ['split', text('the parts between separators', '"a,b".split(",")', '["a", "b"]')],
  ['join', text('one text of several', '["a", "b"].join(", ")', '"a, b"')],
  ['substring', text('from one place to before another, counted from 0', '"release".substring(0, 3)', '"rel"')],
  ['indexOf', text('the first place of a text, or -1', '"a-b-c".indexOf("-")', '1')],
  ['lastIndexOf', text('the last place of a text, or -1', '"a-b-c".lastIndexOf("-")', '3')],
  ['getFullYear', text('the year of an instant (UTC)', 'date("2026-11-21").getFullYear()', '2026')],
  ['getMonth', text('the month, from 0', 'date("2026-11-21").getMonth()', '10')],
  ['getDate', text('the day of the month, from 1', 'date("2026-11-21").getDate()', '21')],
  ['getDayOfMonth', text('the day of the month, from 0', 'date("2026-11-21").getDayOfMonth()', '20')],
  ['getDayOfWeek', text('the day of the week, Sunday is 0', 'date("2026-11-21").getDayOfWeek()', '6')],
  ['getDayOfYear', text('the day of the year, from 0', 'date("2026-01-02").getDayOfYear()', '1')],
  ['getHours', text('hours of an instant (UTC), or of a duration', 'duration("90m").getHours()', '1')],
  ['getMinutes', text('minutes of an instant, or of a duration', 'duration("90m").getMinutes()', '90')],
  ['getSeconds', text('seconds of an instant, or of a duration', 'duration("2m").getSeconds()', '120')],
  [
    'getMilliseconds',
    text('milliseconds within the second', 'timestamp("2026-01-01T00:00:00.250Z").getMilliseconds()', '250'),
  ],
  ['json', text('the value of bytes that are JSON', 'bytes("[\\"a\\"]").json()', '["a"]')],
  ['hex', text('bytes as hex digits', 'bytes("a").hex()', '"61"')],
  ['base64', text('bytes as base64', 'bytes("a").base64()', '"YQ=="')],
  ['at', text('the byte at a place, counted from 0', 'bytes("a").at(0)', '97')],
  ['bind', text('a name for something within an expression', 'cel.bind(x, 2, x * x)', '4')],
  ['type', text('the type of a value', 'type("a") == string', 'true')],
  ['dyn', text('the same value, its type not checked beforehand', 'dyn(1) == 1', 'true')],
]);
