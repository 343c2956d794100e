/** What the operator's ssh_config says of a host, as far as it changes what we say to `ssh`. */
import { execFile } from 'node:child_process';

/** `gate`: what connections that have not been let in yet have in common: their server, or the first machine on the way. */
export interface SshConfig {
  /** Options for what the operator left open. */
  readonly options: readonly string[];
  /** Whether connections are shared by a control socket of the operator's own. */
  readonly shares: boolean;
  readonly gate: string;
}

/** Nothing is asked in the middle, and nothing of the operator's runs here or takes a port because of us. */
const always = [
  ...['-T', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'RemoteCommand=none'],
  ...['-o', 'ClearAllForwardings=yes', '-o', 'PermitLocalCommand=no', '-o', 'ForkAfterAuthentication=no'],
];

/** Asks `ssh -G`. Where that fails, so will what comes after, and says why. */
export async function readConfig(host: string, env: NodeJS.ProcessEnv): Promise<SshConfig> {
  const said = await new Promise<string>((resolve) => {
    execFile('ssh', ['-G', '--', host], { env }, (error, stdout) => resolve(error === null ? stdout : ''));
  });
  const found = new Map(
    said.split('\n').map((line) => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)] as const;
    }),
  );
  const isOpen = (name: string, open: string): boolean => (found.get(name) ?? open) === open;
  const path = found.get('controlpath') ?? 'none';
  const jump = found.get('proxyjump') ?? 'none';
  return {
    options: [
      ...always,
      ...(isOpen('serveraliveinterval', '0') ? ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'] : []),
      ...(isOpen('connecttimeout', 'none') ? ['-o', 'ConnectTimeout=10'] : []),
    ],
    shares: path !== 'none' && !isOpen('controlmaster', 'false'),
    gate:
      jump === 'none' ? `${found.get('hostname') ?? host}:${found.get('port') ?? ''}` : (jump.split(',')[0] ?? jump),
  };
}
