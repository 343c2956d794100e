/** `approve`: a gate that opens when enough people have consented. */
import * as z from 'zod';
import { boolean, duration, durationText, integerBetween, someText, strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

const approversMax = 20;

const people = z.union([z.array(someText), someText.transform((name) => [name])]);
const someDuration = duration.refine((ms) => ms >= 1, { error: 'the duration must not be 0' });

const long = strict({
  /** People, and roles of the document, that may consent; empty: anyone. */
  from: people.default([]),
  count: integerBetween(1, approversMax).default(1),
  /** `true`: only a signature counts, not a name that was typed. */
  signed: boolean.default(false),
  /** `false`: whoever drives the run may consent too. */
  independent: boolean.default(true),
  /** How long a consent holds while the gate waits for others. */
  expires: someDuration.nullable().default(null),
  /** The run may go on without it for a reason, and it is owed for so long. */
  emergency: strict({ within: someDuration, from: people.default([]) })
    .nullable()
    .default(null),
});

export const approve = defineAction({
  name: 'approve',
  about: 'wait for the consent of other people',
  params: withShortForm<string | string[], z.infer<typeof long>>(
    [someText, z.array(someText).min(1)],
    (from) => ({ from }),
    long,
  ),
  effect: 'gate',
  summary: ({ from, count, signed, independent, expires, emergency }) => {
    const asked = `${count} ${signed ? 'signed ' : ''}approval${count === 1 ? '' : 's'}`;
    return [
      `${asked}${from.length === 0 ? '' : ` from ${from.join(', ')}`}`,
      ...(independent ? [] : ['the operator may be among them']),
      ...(expires === null ? [] : [`each holds for ${durationText(expires)}`]),
      ...(emergency === null ? [] : [`in an emergency owed within ${durationText(emergency.within)}`]),
    ].join('; ');
  },
});
