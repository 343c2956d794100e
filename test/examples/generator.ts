/** Documents made at random: mostly right, often enough not. Scripts are those of the simulated host. */
import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Shape = Record<string, Json>;

/** Stands for the id of some step until it is known how many there are. */
const anyId = fc.nat(99).map((n) => `ref${n}x`);
/** Mostly `usual`, now and then `odd`. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight: 30 }, { arbitrary: odd, weight: 1 });

const condition = mostly(
  fc.oneof(
    fc.constantFrom('true', 'false', 'word == "a"', 'number > 2', '1 / (number - 3) == 1', 'items.exists(i, i == "a")'),
    fc.constantFrom('late == "seen"', 'word.matches("^(a+)+$")', 'int(late) > 1'),
    anyId.map((id) => `steps.${id}.status == "passed"`),
    anyId.map((id) => `steps.${id}.visits < 3`),
  ),
  fc.constantFrom('nope == 1', 'word', 'steps.s99.visits < 1', '(', 'number == "a"'),
);
const template = mostly(
  fc.oneof(
    fc.constantFrom(
      'plain',
      '${{ word }}',
      'n ${{ number + 1 }}',
      '${{ late }}',
      '${{ items[0] }}',
      '${{ 1 / 0 }}',
      '${{ told }}',
    ),
    anyId.map((id) => `\${{ steps.${id}.visits }}`),
  ),
  fc.constantFrom('${{ nope }}', '${{', '$(date)'),
);
const script = fc
  .record({ exits: fc.array(fc.constantFrom(0, 0, 0, 1, 3), { minLength: 1, maxLength: 3 }), ms: fc.nat(30) })
  .chain((made) => fc.constantFrom('', 'seen', '7', '{"ok": true}').map((output) => ({ ...made, output })))
  .map((made) => JSON.stringify(made));

const look: fc.Arbitrary<Shape> = fc.oneof(
  { arbitrary: script.map((check): Shape => ({ check })), weight: 12 },
  fc.constant<Shape>({ tcp: '127.0.0.1:9' }),
  fc.constant<Shape>({ tls: '127.0.0.1:9' }),
  template.map((path) => ({ http: `http://127.0.0.1:9/${path}` })),
  fc.constantFrom<Shape>({ file: '*.txt' }, { grep: { pattern: 'a+', in: '*' } }, { data: { file: 'a.json' } }),
);
const change: fc.Arbitrary<Shape> = fc.oneof(
  { arbitrary: script.map((run): Shape => ({ run })), weight: 10 },
  template.map((word) => ({ run: ['do', word] })),
  template.map((text) => ({ notify: { webhook: 'http://127.0.0.1:9/', text } })),
  fc.constant<Shape>({ http: { url: 'http://127.0.0.1:9/', method: 'POST' } }),
);
const retry = fc.oneof(
  fc.record({ times: fc.constantFrom(1, 2, 4), every: fc.constantFrom('0ms', '50ms') }),
  fc.constant<Shape>({ for: '120ms', every: '50ms' }),
);
const person: fc.Arbitrary<Shape> = fc.oneof(
  template.map((manual) => ({ manual })),
  template.map((question) => ({ ask: { question } })),
  fc.constantFrom<Shape>({ approve: 'lead' }, { approve: { from: ['a', 'b'], count: 2 } }),
);

/** `made` with some of the keys of `more`. */
function withSome(made: fc.Arbitrary<Shape>, more: Record<string, fc.Arbitrary<Json>>, chance: number) {
  const entries = Object.entries(more).map(([key, value]) =>
    fc.tuple(fc.nat(99), value).map(([roll, one]): Shape => (roll < chance ? { [key]: one } : {})),
  );
  return fc.tuple(made, ...entries).map((parts): Shape => Object.assign({}, ...parts));
}

const undo = fc.oneof(change, look, fc.array(change, { minLength: 1, maxLength: 2 }), anyId);
const around = { when: condition, why: template, title: template };
const leaf = fc.oneof(
  withSome(
    look,
    { ...around, retry, expect: condition, on_fail: fc.constantFrom('ask', 'rollback', 'continue', 'ignore') },
    15,
  ),
  withSome(
    change,
    {
      ...around,
      undo,
      env: template.map((value) => ({ WORD: value })),
      timeout: fc.constant('5s'),
      done_when: fc.oneof(
        { arbitrary: look, weight: 3 },
        script.map((check): Shape => ({ check, capture: 'late' })),
      ),
      expect: condition,
      effect: fc.constantFrom('read', 'idempotent', 'once'),
      on_fail: fc.constantFrom('ask', 'rollback', 'continue', 'ignore'),
      owes: template,
      roles: fc.constant('dba'),
    },
    15,
  ),
  withSome(change, { danger: fc.constant(true), undo, settles: anyId }, 30),
  withSome(
    script.map((run) => ({ run })),
    { tty: fc.constant(true), undo },
    50,
  ),
  withSome(person, { ...around, owes: template }, 10),
);
const copied = fc
  .tuple(look, fc.constantFrom<Json[]>(['x'], ['x', 'y'], []))
  .map(([made, values]): Shape => ({ ...made, each: { host: values }, title: 'On ${{ host }}' }));

const onFail = { on_fail: fc.constantFrom('ask', 'rollback', 'continue', 'ignore') };
const listed = fc
  .tuple(look, fc.constantFrom('${{ items }}', '${{ late }}', '${{ [word, "z"] }}'), fc.boolean())
  .map(([made, host, isMatrix]): Shape => {
    const lists = { host, n: isMatrix ? [1, 2] : '${{ items }}' };
    return { ...made, [isMatrix ? 'matrix' : 'each']: lists, title: 'On ${{ host }}' };
  });

const nested = (steps: fc.Arbitrary<Shape[]>): fc.Arbitrary<Shape> =>
  fc.oneof(
    withSome(
      fc
        .array(
          fc.oneof(
            look,
            change,
            steps.map((list): Shape => ({ steps: list })),
          ),
          { minLength: 1, maxLength: 3 },
        )
        .map((parallel): Shape => ({ parallel })),
      { at_most: fc.constantFrom(1, 2), ...onFail },
      30,
    ),
    withSome(
      steps.map((list): Shape => ({ steps: list })),
      { when: condition, ...onFail },
      30,
    ),
    fc
      .array(
        fc.oneof(
          fc.record({ steps }),
          anyId.map((goto) => ({ goto })),
          fc.constant<Shape>({}),
          condition.map((when) => ({ when })),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((options): Shape => {
        const labelled = options.map((option, index) => ({ label: `o${index}`, ...option }));
        return { choose: { question: 'Which?', options: labelled } };
      }),
    fc.tuple(condition, anyId, fc.constantFrom(1, 3)).map(([when, goto, most]): Shape => {
      const options = [{ label: 'again', when, goto }, { label: 'on' }];
      return { choose: { decide: 'when', options, at_most: most } };
    }),
    fc
      .constantFrom('${{ items }}', '${{ late }}')
      .map((from): Shape => ({ choose: { question: 'Which?', options: { from } }, capture: 'picked' })),
    fc.array(fc.oneof(look, fc.constant<Shape>({ manual: 'Is it so?' })), { minLength: 1, maxLength: 3 }).map(
      (items): Shape => ({
        checklist: { categories: { basics: { items: items.map((item, n) => ({ title: `Item ${n}`, ...item })) } } },
      }),
    ),
  );

const stepList = fc.array(
  fc.oneof({ arbitrary: leaf, weight: 5 }, { arbitrary: copied, weight: 1 }, { arbitrary: listed, weight: 1 }),
  {
    minLength: 1,
    maxLength: 3,
  },
);
const steps = fc
  .array(fc.oneof({ arbitrary: leaf, weight: 3 }, { arbitrary: nested(stepList), weight: 1 }), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((list) => list.length > 0);

const vars: Json = {
  word: 'a',
  number: { type: 'int', default: '3' },
  items: ['a', 'b'],
  late: {},
  told: { or: 'ask' },
  asked: { ask: 'What?', default: 'x' },
};

const entry: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    'done',
    'text',
    { note: 'by hand' },
    { skip: 'why not' },
    { retry: 'again' },
    { passed: 'did' },
  ),
  fc.constantFrom<Json>({ approve: { by: 'Rita' } }, { approve: { by: 'Sam' } }, { rollback: 'enough' }),
  fc.constantFrom<Json>({ confirm: 'shop' }, { choose: 'o0' }, { choose: 'o1', reason: 'so' }, { handover: 'Olga' }),
  fc.constantFrom<Json>({ pass: 'seen' }, { waive: { by: 'R', why: 'w', until: '2999-01-01' } }),
);

/** What somebody would answer to `step`; `roll` decides where more than one thing would do. */
function sensible(step: Shape, roll: number): Json {
  const debt: Json[] = step['owes'] === undefined ? [] : [{ handover: 'Olga' }];
  if (step['manual'] !== undefined) return [roll < 80 ? 'done' : { rollback: 'enough' }, ...debt];
  if (step['ask'] !== undefined) return ['x', ...debt];
  if (step['approve'] !== undefined) return [{ approve: { by: 'Rita' } }, { approve: { by: 'Sam' } }, ...debt];
  if (step['choose'] !== undefined) return [1, 2, 3, 4].map((n) => ({ choose: `o${(roll * n) % 3}`, reason: 'so' }));
  const failed: Json[][] = [
    [{ retry: 'again' }, { skip: 'why not' }],
    [{ passed: 'did' }],
    [{ rollback: 'enough' }],
    [{ retry: 'again' }, { rollback: 'enough' }],
    [{ skip: 'why not' }],
  ];
  const confirmed: Json[] = step['danger'] === true ? [{ confirm: 'shop' }] : [];
  return [...confirmed, ...(failed[roll % failed.length] ?? []), ...debt];
}

export interface Generated {
  readonly document: string;
  /** Answers by step id; ids that the document does not have are to be left out. */
  readonly answers: Readonly<Record<string, Json>>;
}

/** A document, with captures and ids given in order, and answers for some of its steps. */
export const generated: fc.Arbitrary<Generated> = fc
  .record({
    target: fc.boolean(),
    phases: fc.array(steps, { minLength: 1, maxLength: 2 }),
    rollback: fc.array(fc.oneof(look, change, person), { maxLength: 2 }),
    capture: fc.boolean(),
    stray: fc.nat(40),
    rolls: fc.array(fc.nat(99), { minLength: 20, maxLength: 20 }),
    odd: fc.dictionary(
      fc.nat(20).map((n) => `s${n}`),
      fc.oneof(entry, fc.array(entry, { minLength: 1, maxLength: 4 })),
      { maxKeys: 2 },
    ),
  })
  .map(({ target, phases, rollback, capture, stray, rolls, odd }) => {
    let next = 0;
    const answers: Record<string, Json> = {};
    const named = (list: readonly Shape[]): Shape[] =>
      list.map((step) => {
        next += 1;
        const id = `s${next}`;
        answers[id] = odd[id] ?? sensible(step, rolls[next % rolls.length] ?? 0);
        return { id, ...step };
      });
    const document: Shape = {
      runbook: 'Generated',
      roles: { lead: [], a: [], b: [] },
      vars,
      ...(target ? { target: { name: 'shop', identity: { check: '{"output":"db-1"}' } } } : {}),
      phases: Object.fromEntries(
        phases.map((list, index) => {
          const ids = named(list);
          const seen: Shape = { check: '{"output":"seen"}', capture: 'late' };
          return [`p${index}`, capture && index === 0 ? [seen, ...ids] : ids];
        }),
      ),
      ...(rollback.length === 0 ? {} : { rollback: { steps: named(rollback) } }),
      ...(stray === 0 ? { surprise: 1 } : {}),
    };
    const text = JSON.stringify(document).replaceAll(/ref(\d+)x/g, (_, n) => `s${(Number(n) % next) + 1}`);
    return { document: text, answers };
  });
