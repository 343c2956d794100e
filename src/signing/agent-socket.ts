/**
 * The connection to ssh-agent over its Unix socket. The only file here that touches the world outside its arguments.
 *
 * Invariants: a connection serves one exchange and is always closed; the answer is bounded before it is kept; no more
 * than the time limit passes before the promise settles.
 */
import { createConnection } from 'node:net';
import type { AgentExchange, ExchangeLimits } from './agent.ts';
import { SigningError } from './signing-error.ts';

/** Talks to the agent that listens at `path` (the value of `SSH_AUTH_SOCK`). */
export function agentSocket(path: string): AgentExchange {
  return (message, limits) =>
    new Promise((resolve, reject) => {
      const socket = createConnection(path);
      const answer = new Answer(limits);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        socket.destroy();
        act();
      };
      const fail = (problem: string, cause?: unknown): void =>
        settle(() => reject(new SigningError('agent', `ssh-agent at ${path} ${problem}`, cause)));
      const timer = setTimeout(() => fail(`gave no answer within ${limits.timeoutMs / 1000} s`), limits.timeoutMs);
      socket.on('error', (error) => fail(`cannot be reached (${error.message}); is SSH_AUTH_SOCK right?`, error));
      socket.on('close', () => fail('closed the connection without an answer'));
      socket.on('data', (chunk) => {
        const state = answer.add(chunk);
        if (state.kind === 'whole') settle(() => resolve(state.payload));
        if (state.kind === 'wrong') fail(state.problem);
      });
      socket.write(message);
    });
}

type AnswerState =
  | { readonly kind: 'partial' }
  | { readonly kind: 'whole'; readonly payload: Uint8Array }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Gathers one length-prefixed message. */
class Answer {
  readonly #limits: ExchangeLimits;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(limits: ExchangeLimits) {
    this.#limits = limits;
  }

  add(chunk: Uint8Array): AnswerState {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length < 4) return { kind: 'partial' };
    const length = this.#bytes.readUInt32BE(0);
    if (length === 0 || length > this.#limits.answerBytesMax) {
      return { kind: 'wrong', problem: `answers with ${length} bytes; 1 to ${this.#limits.answerBytesMax} are taken` };
    }
    if (this.#bytes.length < 4 + length) return { kind: 'partial' };
    if (this.#bytes.length > 4 + length) return { kind: 'wrong', problem: 'answers more than it was asked' };
    return { kind: 'whole', payload: new Uint8Array(this.#bytes.subarray(4)) };
  }
}
