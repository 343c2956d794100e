/**
 * A client of ssh-agent: lists its keys and has it sign (draft-miller-ssh-agent; PROTOCOL.agent of OpenSSH).
 *
 * Invariants:
 * - One request, one bounded answer, one time limit; then the connection is closed. Nothing waits for ever.
 * - What the agent says is foreign: keys are parsed strictly, and whoever asks for a signature verifies it.
 */
import { type PublicKey, parsePublicKeyBlob, quoted } from './public-key.ts';
import { SigningError } from './signing-error.ts';
import { join, string, u32, WireReader } from './wire.ts';

/** `comment` is foreign text: it passes the sanitiser where it is shown. */
interface AgentKey {
  readonly key: PublicKey;
  readonly comment: string;
}

export interface Agent {
  /** Keys of the kinds that we take, in the agent's order; others (certificates, DSA) are left out. Throws `agent`. */
  list(): Promise<readonly AgentKey[]>;
  /** An SSH wire signature by RSA with SHA-512, or by the key's only algorithm. Throws `agent`; waits for a touch or a confirmation. */
  sign(key: PublicKey, data: Uint8Array): Promise<Uint8Array>;
}

/** Sends one whole message and resolves with the payload of the answer. Rejects with `SigningError` `agent`. */
export type AgentExchange = (message: Uint8Array, limits: ExchangeLimits) => Promise<Uint8Array>;

export interface ExchangeLimits {
  readonly answerBytesMax: number;
  readonly timeoutMs: number;
}

const requestIdentities = 11;
const identitiesAnswer = 12;
const signRequest = 13;
const signResponse = 14;
const failure = 5;
const rsaSha512 = 4;

/** OpenSSH's own bound on a message. */
const answerBytesMax = 256 * 1024;
const listTimeoutMs = 10_000;
/** A person may have to find and touch a security key. */
const signTimeoutMs = 120_000;
const keysMax = 1000;

export function agentOver(exchange: AgentExchange): Agent {
  return {
    list: () => list(exchange),
    sign: (key, data) => sign(exchange, key, data),
  };
}

async function list(exchange: AgentExchange): Promise<readonly AgentKey[]> {
  const limits = { answerBytesMax, timeoutMs: listTimeoutMs };
  const reader = toAnswer(
    await exchange(toMessage(Uint8Array.of(requestIdentities)), limits),
    identitiesAnswer,
    'list',
  );
  const count = reader.u32();
  if (count > keysMax)
    throw new SigningError('agent', `ssh-agent says it holds ${count} keys; at most ${keysMax} are read`);
  const keys: AgentKey[] = [];
  for (let i = 0; i < count; i++) {
    const key = readKnownKey(reader.string());
    const comment = Buffer.from(reader.string()).toString('utf8');
    if (key !== null) keys.push({ key, comment });
  }
  reader.end();
  return keys;
}

/** null: a kind of key that we do not take; the agent may hold such keys for other purposes. */
function readKnownKey(blob: Uint8Array): PublicKey | null {
  try {
    return parsePublicKeyBlob(blob);
  } catch (error) {
    if (error instanceof SigningError) return null;
    throw error;
  }
}

async function sign(exchange: AgentExchange, key: PublicKey, data: Uint8Array): Promise<Uint8Array> {
  const flags = key.kind === 'rsa' ? rsaSha512 : 0;
  const request = join(Uint8Array.of(signRequest), string(key.blob), string(data), u32(flags));
  const answer = await exchange(toMessage(request), { answerBytesMax, timeoutMs: signTimeoutMs });
  const reader = toAnswer(answer, signResponse, `sign with ${key.fingerprint}`);
  const signature = reader.string();
  reader.end();
  return signature;
}

function toMessage(payload: Uint8Array): Uint8Array {
  return string(payload);
}

function toAnswer(payload: Uint8Array, expected: number, wish: string): WireReader {
  const reader = new WireReader(payload, 'the answer of ssh-agent');
  const type = reader.u8();
  if (type === expected) return reader;
  if (type === failure) {
    const message = `ssh-agent refused to ${wish}: it is locked, does not hold the key, or nobody confirmed`;
    throw new SigningError('agent', message);
  }
  throw new SigningError('agent', `ssh-agent answered ${quoted(String(type))} when asked to ${wish}`);
}
