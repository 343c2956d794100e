/**
 * Looks at files of another machine, by the tools of its shell. Each is a question over a session; nothing is changed there.
 *
 * Invariants: a path is one quoted word. A file that the machine cannot say the length of (those in `/proc`) is read all the same. Times
 * are whole seconds, since that is what every `stat` tells.
 */
import { type FileFacts, type FileLooks, HostError, type HostErrorCode } from '../../host/host.ts';
import { Unreachable } from '../target.ts';
import { farPath } from './far-operation.ts';
import { SessionOver } from './far-session.ts';
import type { Road } from './road.ts';

/** What came back: the last line of each word, and all bytes. */
interface Answer {
  readonly lines: ReadonlyMap<string, string>;
  readonly bytes: Buffer;
}

const codes: Readonly<Record<string, HostErrorCode>> = {
  'No such file or directory': 'not-found',
  'Not a directory': 'not-directory',
  'Permission denied': 'denied',
  'Is a directory': 'is-directory',
  'Too many levels of symbolic links': 'link',
  'File too large': 'too-large',
};

export function farFiles(road: Road): FileLooks {
  const ask = (path: string, text: string): Promise<Answer> => askOf(road, path, text);
  const facts = async (path: string): Promise<FileFacts | null> => {
    try {
      return factsIn((await ask(path, factsText)).lines.get('F') ?? '');
    } catch (error) {
      if (error instanceof HostError && (error.code === 'not-found' || error.code === 'not-directory')) return null;
      throw error;
    }
  };
  return {
    read: async (path, { bytesMax, noFollow } = {}) => {
      const { bytes } = await ask(path, readText(0, bytesMax === undefined ? null : bytesMax + 1, noFollow === true));
      if (bytesMax !== undefined && bytes.length > bytesMax)
        throw failure('too-large', path, `larger than ${bytesMax} bytes`);
      return bytes;
    },
    readRange: async (path, start, length) => (await ask(path, readText(start, length, false))).bytes,
    facts,
    realPath: async (path) => {
      const { bytes } = await ask(path, realPathText);
      return bytes.length === 0 ? null : bytes.toString('utf8');
    },
    list: async (path, namesMax) => {
      const { bytes } = await ask(path, listText);
      const names = bytes
        .toString('utf8')
        .split('/')
        .filter((name) => name !== '');
      if (namesMax !== undefined && names.length > namesMax)
        throw failure('too-large', path, `more than ${namesMax} names`);
      return names.sort((one, other) => (one < other ? -1 : 1));
    },
  };
}

function failure(code: HostErrorCode, path: string, why: string): HostError {
  return new HostError(code, path, `cannot read ${path}: ${why}`);
}

async function askOf(road: Road, path: string, text: string): Promise<Answer> {
  const taken = await road.take(null);
  const lines = new Map<string, string>();
  const chunks: Buffer[] = [];
  try {
    await taken.session.ask(`(PATH=$_g_tools LC_ALL=C _g_path=${farPath(path)}\n${text})\n_g_say Z\n`, {
      line: (word, rest) => lines.set(word, rest),
      bytes: (_, __, chunk) => chunks.push(Buffer.from(chunk)),
    });
  } catch (error) {
    if (error instanceof SessionOver) throw new Unreachable(error.message, 'down', { cause: error });
    throw error;
  }
  taken.give();
  const refused = lines.get('R');
  if (refused !== undefined) {
    const why = Object.keys(codes).find((words) => refused.includes(words));
    throw failure(
      why === undefined ? 'io' : (codes[why] ?? 'io'),
      path,
      why === undefined ? refused : why.toLowerCase(),
    );
  }
  const bytes = Buffer.concat(chunks);
  return { lines, bytes: lines.get('Q') === 'hex' ? Buffer.from(bytes.toString('latin1'), 'hex') : bytes };
}

const factsText =
  '_g_found=$(stat -c \'%f %s %u %Y %Z %d:%i %h\' -- "$_g_path" 2>&1) || { _g_say R "$_g_found"; exit; }; _g_say F "$_g_found"';

/** Reads at most `length` bytes from `start`; null: all. The length is told first, so it is taken from the facts. */
function readText(start: number, length: number | null, noFollow: boolean): string {
  return `${noFollow ? '[ ! -L "$_g_path" ] || { _g_say R "Too many levels of symbolic links"; exit; }\n' : ''}
[ ! -d "$_g_path" ] || { _g_say R 'Is a directory'; exit; }
_g_found=$(stat -L -c '%s %F' -- "$_g_path" 2>&1) || { _g_say R "$_g_found"; exit; }
[ -r "$_g_path" ] || { _g_say R 'Permission denied'; exit; }
_g_size=\${_g_found%% *}
if [ "$_g_size" = 0 ]; then
  _g_found=$(head -c ${start + (length ?? 16_777_216)} "$_g_path" | tail -c +${start + 1} | od -An -v -tx1 | tr -d ' \\n')
  [ -z "$_g_found" ] || printf 'D 0 %s\\n%s' "\${#_g_found}" "$_g_found"
  _g_say Q hex
  exit
fi
_g_left=$((_g_size - ${start}))
${length === null ? '' : `[ "$_g_left" -le ${length} ] || _g_left=${length}`}
[ "$_g_left" -gt 0 ] || exit
printf 'D 0 %s\\n' "$_g_left"
tail -c +${start + 1} -- "$_g_path" | head -c "$_g_left"
`;
}

const realPathText = `_g_found=$(readlink -f -- "$_g_path") && [ -e "$_g_found" ] || exit 0
printf 'D 0 %s\\n%s' "\${#_g_found}" "$_g_found"`;

/** Names hold no slash, so one ends each. */
const listText = `[ -e "$_g_path" ] || { _g_say R 'No such file or directory'; exit; }
[ -d "$_g_path" ] || { _g_say R 'Not a directory'; exit; }
cd -- "$_g_path" && [ -r . ] || { _g_say R 'Permission denied'; exit; }
_g_found=
for _g_name in * .*; do
  case $_g_name in . | ..) continue ;; esac
  if [ -e "$_g_name" ] || [ -L "$_g_name" ]; then _g_found="$_g_found$_g_name/"; fi
done
[ -z "$_g_found" ] || printf 'D 0 %s\\n%s' "\${#_g_found}" "$_g_found"`;

/** The upper bits of st_mode, see inode(7). */
const kinds: ReadonlyMap<number, FileFacts['kind']> = new Map([
  [8, 'file'],
  [4, 'directory'],
  [10, 'link'],
]);

function factsIn(text: string): FileFacts {
  const [mode = '0', bytes, uid, modified, changed, identity = '', links] = text.split(' ');
  const bits = Number.parseInt(mode, 16);
  return {
    kind: kinds.get(bits >> 12) ?? 'other',
    bytes: Number(bytes),
    mode: bits & 0o7777,
    uid: Number(uid),
    modifiedMs: Number(modified) * 1000,
    changedMs: Number(changed) * 1000,
    identity: `${identity}:${changed}`,
    links: Number(links),
  };
}
