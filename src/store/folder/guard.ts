/**
 * What the state folder and a run's folder must be before anything in them is trusted or written.
 *
 * Invariants: changes nothing but missing folders of `makeDurableFolders`; every refusal is `JournalError 'unusable'` with the way out.
 */
import { dirname } from 'node:path';
import { type FileFacts, type Files, factsNow, type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';

const WAY_OUT = 'name another folder with --state or GONOGO_STATE';

/** File systems whose locks and fsyncs are another machine's word. */
const REMOTE: ReadonlySet<string> = new Set([
  'nfs',
  'smb',
  'smb2',
  'cifs',
  '9p',
  'afs',
  'beegfs',
  'ceph',
  'coda',
  'gfs2',
  'gpfs',
  'lustre',
  'ncp',
  'ocfs2',
  'vboxsf',
  'fuse.ceph',
  'fuse.davfs',
  'fuse.gcsfuse',
  'fuse.glusterfs',
  'fuse.goofys',
  'fuse.gvfsd-fuse',
  'fuse.juicefs',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.sshfs',
]);

/** Whether a file system's name (`Files.fileSystem`) is that of a network file system. */
export function isRemote(fileSystem: string): boolean {
  return REMOTE.has(fileSystem);
}

/**
 * Refuses a state folder that is a link, no folder, another user's, writable for others, on a network, or in a folder where everybody
 * could put another in its place. One that does not exist yet is fine.
 */
export async function checkStateFolder(host: Host, path: string): Promise<void> {
  await checkWayTo(host.files, path);
  const facts = await factsOf(host.files, path);
  if (facts === null) return;
  checkFolder(facts, host, path, 'the state folder');
  const fileSystem = await host.files.fileSystem(path);
  if (isRemote(fileSystem)) {
    throw unusable(
      `the state folder ${path} is on a network file system (${fileSystem}), where a lock and a write to disk cannot be relied on`,
    );
  }
}

/** Whoever may write in a folder may rename what is in it, unless it is sticky. A group may: it is often one's own. */
async function checkWayTo(files: Files, path: string): Promise<void> {
  const above = foldersAbove(path);
  const real = await Promise.all(above.map((folder) => files.realPath(folder)));
  const behind = real.find((folder) => folder !== null);
  for (const folder of new Set([...above, ...(behind == null ? [] : [behind, ...foldersAbove(behind)])])) {
    const facts = await factsOf(files, folder);
    if (facts?.kind !== 'directory' || (facts.mode & (EVERYBODY_WRITES | STICKY)) !== EVERYBODY_WRITES) continue;
    const reason = `everybody may write in ${folder} (mode ${octal(facts.mode)}), and could put another folder in the place of the state folder ${path}`;
    throw new JournalError('unusable', `${reason}; run: chmod +t '${folder}', or ${WAY_OUT}`);
  }
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

/** Whether the folder of a run is there. Refuses one that is a link, no folder, another user's, or writable for others. */
export async function checkRunFolder(host: Host, path: string): Promise<boolean> {
  const facts = await factsOf(host.files, path);
  if (facts !== null) checkFolder(facts, host, path, 'the run folder');
  return facts !== null;
}

function checkFolder(facts: FileFacts, host: Host, path: string, what: string): void {
  if (facts.kind === 'link') throw unusable(`${what} ${path} is a symbolic link`);
  if (facts.kind !== 'directory') throw unusable(`${what} ${path} is not a folder`);
  if (facts.uid !== host.machine.uid) {
    throw unusable(
      `${what} ${path} belongs to another user (uid ${facts.uid}; you are ${host.machine.user}, uid ${host.machine.uid})`,
    );
  }
  if ((facts.mode & OTHERS_WRITE) !== 0) {
    const reason = `others may write in ${what} ${path} (mode ${octal(facts.mode)}), and could change what it proves`;
    throw new JournalError('unusable', `${reason}; run: chmod go-w '${path}'`);
  }
}

const OTHERS_WRITE = 0o022;
const EVERYBODY_WRITES = 0o002;
const STICKY = 0o1000;

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** What is at `path`, in one turn where the host has it: lists look at thousands of folders. Rejects with `JournalError`. */
export async function factsOf(files: Files, path: string): Promise<FileFacts | null> {
  try {
    return await factsNow(files, path);
  } catch (error) {
    throw worldly(error);
  }
}

function unusable(reason: string, cause?: unknown): JournalError {
  return new JournalError('unusable', `${reason}; ${WAY_OUT}`, cause);
}

/** A failure of the disk as a `JournalError 'unusable'`; anything else as it is. */
function worldly(error: unknown): unknown {
  if (!(error instanceof HostError)) return error;
  return new JournalError('unusable', `${error.message}; ${wayOut(error)}`, error);
}

function wayOut(error: HostError): string {
  switch (error.code) {
    case 'no-space':
      return `free some space, or ${WAY_OUT}`;
    case 'link':
      return 'gonogo follows no links in its state folder; put the real file there';
    default:
      return `make it readable and writable for you, or ${WAY_OUT}`;
  }
}

/** Makes a folder and those above it where they are missing, each durable. */
export async function makeDurableFolders(files: Files, path: string): Promise<void> {
  if ((await files.facts(path)) !== null) return;
  await makeDurableFolders(files, dirname(path));
  try {
    await files.makeFolder(path);
  } catch (error) {
    // Another process may make the same folder at the same time.
    if (!(error instanceof HostError && error.code === 'exists')) throw error;
  }
}

/** Resolves like `work`; a failure of the disk becomes a `JournalError`. */
export async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw worldly(error);
  }
}
