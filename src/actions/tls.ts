/** `tls`: the certificate that an address presents: whether it is trusted, for whom it is, how long it lasts. */
import type { z } from 'zod';
import { boolean, strict, text } from '../runbook/scalar.ts';
import { fromCwd } from '../search/from-cwd.ts';
import type { Reading } from './action.ts';
import { addressForm, mayBeAddress, parseAddress } from './address.ts';
import { type Context, defineAction, withShortForm } from './define-action.ts';
import { failed, onTarget, reading, stopwatch, textOf } from './reading.ts';

const long = strict({
  address: text.refine(mayBeAddress, { error: addressForm }),
  /** File with extra authorities (PEM). */
  ca: text.exactOptional(),
  /** `false`: read the certificate without asking whether it is trusted. */
  verify: boolean.default(true),
});
type Params = z.infer<typeof long>;

const timeoutDefaultMs = 10_000;
const dayMs = 86_400_000;

export const tls = defineAction({
  name: 'tls',
  about: 'read the certificate at host:port',
  onHosts: true,
  params: withShortForm([text], (address) => ({ address }), long),
  effect: 'read',
  fields: { ms: 'int', days_left: 'int', subject: 'string', issuer: 'string' },
  summary: ({ address }) => `tls ${address}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context));
  },
});

async function perform({ target, params, leave, timeoutMs, cwd }: Context<Params>): Promise<Reading> {
  const address = parseAddress(params.address);
  if (address === null) return failed(`${JSON.stringify(params.address)} is no address: ${addressForm}`, 0);
  const ca = params.ca === undefined ? null : textOf(await target.files.read(fromCwd(cwd, params.ca)));
  const limitMs = timeoutMs ?? timeoutDefaultMs;
  const result = await target.network.inspectTls(address.host, address.port, { timeoutMs: limitMs, ca }, leave);
  if (leave.aborted) return { kind: 'left' };
  if (result.kind === 'failed') return failed(result.reason, result.ms);
  const daysLeft = Math.floor((result.validToMs - (await target.now())) / dayMs);
  return reading({
    fields: {
      ms: BigInt(result.ms),
      days_left: BigInt(daysLeft),
      subject: result.subject,
      issuer: result.issuer,
    },
    ms: result.ms,
    reason: params.verify ? result.untrusted : null,
  });
}
