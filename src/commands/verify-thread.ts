/** The thread of `verify-apart.ts`: verifies, and tells what it prints as it does. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Io } from './command.ts';
import { report } from './failure.ts';
import { verify } from './verify.ts';
import type { Asked, Told } from './verify-apart.ts';

const asked: Asked = workerData;

function tell(told: Told): void {
  parentPort?.postMessage(told);
}

const io: Io = {
  stdout: (text) => tell({ kind: 'stdout', text }),
  stderr: (text) => tell({ kind: 'stderr', text }),
  terminal: asked.terminal,
  env: process.env,
};

const code = await verify(asked.name, asked.options, io).catch((error: unknown) => report(io, error));
tell({ kind: 'ended', code });
