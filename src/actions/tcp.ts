/** `tcp`: whether something accepts connections at an address, and how fast. */
import { text } from '../runbook/scalar.ts';
import type { Reading } from './action.ts';
import { addressForm, mayBeAddress, parseAddress } from './address.ts';
import { type Context, defineAction } from './define-action.ts';
import { failed, onTarget, reading, stopwatch, unanswered } from './reading.ts';

const timeoutDefaultMs = 10_000;

export const tcp = defineAction({
  name: 'tcp',
  about: 'open a TCP connection to host:port',
  onHosts: true,
  params: text.refine(mayBeAddress, { error: addressForm }),
  effect: 'read',
  fields: { ms: 'int', refused: 'bool' },
  summary: (address) => `tcp ${address}`,
  perform: (context) => onTarget(stopwatch(context), () => perform(context)),
});

async function perform({ target, params, leave, timeoutMs }: Context<string>): Promise<Reading> {
  const address = parseAddress(params);
  if (address === null) return failed(`${JSON.stringify(params)} is no address: ${addressForm}`, 0);
  const result = await target.network.connect(address.host, address.port, timeoutMs ?? timeoutDefaultMs, leave);
  if (leave.aborted) return { kind: 'left' };
  if ('reason' in result) return unanswered(result.reason, result.refused === true, result.ms);
  return reading({ fields: { ms: BigInt(result.ms), refused: false }, ms: result.ms });
}
