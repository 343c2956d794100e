/**
 * What can go wrong with keys, signatures and archives, as one error with a closed set of codes.
 *
 * Invariant: the message is for the operator: what, where and the way out; never a stack, never key material.
 */

export type SigningErrorCode =
  /** Bytes that are not what their format says. */
  | 'malformed'
  /** Well-formed, but of a kind that is not taken here; the message says what is. */
  | 'unsupported'
  | 'too-large'
  /** The signature does not belong to this key and these bytes. */
  | 'bad-signature'
  /** A good signature made for something else: another namespace, run, step or request. */
  | 'wrong-purpose'
  /** The key has signed this already. */
  | 'repeated'
  /** The key is encrypted and no passphrase, or a wrong one, was given. */
  | 'passphrase'
  /** No agent, or it refused, timed out or answered nonsense. */
  | 'agent'
  /** The named key is neither in the file nor in the agent. */
  | 'no-key';

export class SigningError extends Error {
  override readonly name = 'SigningError';
  readonly code: SigningErrorCode;
  constructor(code: SigningErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
