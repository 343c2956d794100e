/**
 * Which text of a page is a command, and what kind of command.
 *
 * Invariant: what comes out as a command stands in the page: lines are chosen, none is made up.
 */
import { scanShell, withoutComments } from './shell-text.ts';

const shells: ReadonlySet<string> = new Set(['bash', 'sh', 'shell', 'zsh', 'ksh']);
const sessions: ReadonlySet<string> = new Set([
  '',
  'console',
  'shell-session',
  'shellsession',
  'sh-session',
  'bash-session',
  'session',
  'terminal',
]);

export type Fenced =
  | { readonly kind: 'script'; readonly script: string }
  /** Lines with a prompt, and what the page shows between them; `outputs` are pairs of offset from the first line and text. */
  | { readonly kind: 'transcript'; readonly script: string; readonly output: string }
  /** `why`: something that looks like commands and is none for us; null: nothing to tell. */
  | { readonly kind: 'text'; readonly why: string | null };

/** Other interpreters: what stands in such a block is for a person to run. */
const others: ReadonlySet<string> = new Set(
  'powershell pwsh ps1 ps bat batch cmd dos sql psql mysql plsql tsql cql promql python py ruby rb groovy'.split(' '),
);

/** True for a block that somebody is to run, with another program than a shell of ours. */
export function isForOthers(info: string): boolean {
  return others.has(info.split(/[\s,{]/)[0] ?? '');
}

const nothing: Fenced = { kind: 'text', why: null };

/** Reads a code block whose first word is `info`. */
export function readFence(info: string, text: string): Fenced {
  const label = info.split(/[\s,{]/)[0] ?? '';
  if (!shells.has(label) && !sessions.has(label)) return nothing;
  if (hasControls(text) || text.trim() === '') return nothing;
  if (/^(?:GET|PUT|POST|DELETE|HEAD|PATCH)[ \t]+[/_*\w]\S*[ \t]*$/m.test(text.trimStart().split('\n')[0] ?? ''))
    return { kind: 'text', why: 'these are requests that another program sends: they are kept as text' };
  if (/^[ \t]*(?:(?:PS [A-Z]:\\[^>\n]*|[A-Z]:\\[^>\n]*)>|cd[ \t]+[A-Z]:\\)/m.test(text))
    return { kind: 'text', why: 'these are commands of Windows: they are kept as text' };
  const read = readTranscript(text) ?? (shells.has(label) ? readScript(text) : nothing);
  if (read.kind === 'text') return read;
  const entered = entersShell(read.script, read.kind === 'transcript' && read.output !== '');
  if (entered === null) return read;
  return {
    kind: 'text',
    why: `after "${entered}" these lines are for the shell or the program that it opens: they are kept as text`,
  };
}

function readScript(text: string): Fenced {
  const script = text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  if (withoutComments(script) === '') return nothing;
  const lines = script.split('\n');
  const at = lines.findIndex(
    (line, index) => saysOutputBelow.test(line) && /^[ \t]*[^#\s]/.test(lines[index + 1] ?? ''),
  );
  if (at === -1) return { kind: 'script', script };
  const before = lines.slice(0, at).join('\n').trimEnd();
  const below = lines.slice(at + 1);
  const goesOn = below.some(
    (line, index) => line.trim() === '' && below.slice(index).some((next) => next.trim() !== ''),
  );
  if (goesOn || withoutComments(before) === '')
    return { kind: 'text', why: 'commands and their output stand together here: they are kept as text' };
  return { kind: 'transcript', script: before, output: [lines[at], ...below].join('\n') };
}

const saysOutputBelow =
  /^[ \t]*(?:#+[ \t]*)?(?:(?:expected|example|sample)[ \t]+)?(?:outputs?|results?|response)[ \t]*:[ \t]*$|^[ \t]*#+[ \t]*(?:(?:expected|example|sample)[ \t]+)(?:outputs?|results?|response)\b[^\n]{0,40}$/i;

/** Lines that open another shell, or a program that reads commands, when nothing is given to it. */
const opens: readonly RegExp[] = [
  /^(?:sudo[ \t]+)?ssh(?:[ \t]+-(?:[46AaCfGgKkMNnqsTtVvXxYy]+|[BbcDEeFIiJLlmOopQRSWw][ \t]*\S+))*[ \t]+[\w.@:$"{}<>-]+$/,
  /^(?:oc|kubectl)[ \t]+(?:rsh|debug)\b(?![^\n]*[ \t]--[ \t])[^\n|;&]*(?:\$\([^\n]*\))?$/,
  /^(?:sudo[ \t]+)?su(?:[ \t]+(?:-|-l|--login))?(?:[ \t]+[\w.$"{}-]+)?$/,
  /^sudo[ \t]+(?:-u[ \t]*\S+[ \t]+)?(?:-[isHE]+[ \t]*)+(?:-u[ \t]*\S+)?$/,
  /\b(?:exec|run|attach|debug)\b.*[ \t](?:-it|-ti|-i|--stdin|--tty|-t)\b.*[ \t](?:--[ \t]+)?(?:(?:\/\S*\/)?(?:ba|z|a)?sh|psql|mysql|mongo(?:sh)?|redis-cli|cqlsh|rails c(?:onsole)?)(?![^\n]*[ \t]--(?:command|execute|file|eval|list|version)\b)(?:[ \t]+-[^c\s]\S*(?:[ \t]+[^-\s]\S*)?)*$/,
  /^(?:sudo[ \t]+(?:-u[ \t]*\S+[ \t]+)?)?(?:psql|mysql|mariadb|mongo|mongosh|sqlite3|redis-cli|cqlsh|sqlplus|sftp)(?![^\n]*(?:[ \t]-[\w]*[cef]\b|--(?:command|execute|file|eval|list)\b|<|\||[ \t]-l\b|--version))(?:[ \t]+-{1,2}[\w-]+(?:[= \t]+[^-\s]\S*)?)*(?:[ \t]+[\w.$"{}:/@?=<>][\w.$"{}:/@?=<>-]*){0,2}$/,
  /^(?:bash|sh|zsh|python3?|irb|node|telnet[ \t]+\S+(?:[ \t]+\d+)?|nsenter\b.*|chroot[ \t]+\S+|fly(?:ctl)?[ \t]+ssh[ \t]+console\b.*|screen|tmux)$/,
];

/**
 * The line of `script` that opens another shell or program for the lines below it; null: there is none, or nothing below. `more`:
 * something stands below the last line too.
 */
function entersShell(script: string, more: boolean): string | null {
  const lines = withoutComments(script)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (more ? lines : lines.slice(0, -1)).find(opensShell) ?? null;
}

/** No line that anybody typed to open a shell is longer; on longer ones the patterns would take their time. */
const openingLengthMax = 200;

function opensShell(line: string): boolean {
  return line.length <= openingLengthMax && opens.some((pattern) => pattern.test(line));
}

/** A character that a terminal would obey: such text is shown, not run. */
function hasControls(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

const prompt =
  /^[ \t]*(?:\(\w[\w.-]*\)[ ]?)?(?:(?:\[?[\w.-]+@[\w.-]+[^\n$#]{0,60}|(?:sh|bash)-\d[\d.]*|\/ ?)(?:\$|#)|\$)[ \t]+(?=\S)/;

/** The lines with a prompt and those that continue them; null when there is none. */
function readTranscript(text: string): Fenced | null {
  const lines = withPrompts(text.split('\n'));
  if (!lines.some((line) => isPrompt(line))) return null;
  const remarks = remarksIn(lines);
  const commands: string[] = [];
  const output: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (!isPrompt(line)) {
      if (remarks.has(at)) commands.push(line.trim());
      else output.push(line);
      continue;
    }
    const taken = continued(lines, at);
    commands.push(taken.command.trimEnd());
    at = taken.last;
  }
  const script = commands.join('\n');
  return withoutComments(script) === '' ? null : { kind: 'transcript', script, output: output.join('\n').trim() };
}

/** Lines of a transcript that only tell what the next command is for: comments behind a blank line and before a prompt. */
function remarksIn(lines: readonly string[]): ReadonlySet<number> {
  const remarks = new Set<number>();
  let block: number[] = [];
  let free = true;
  for (const [at, line] of lines.entries()) {
    if (/^[ \t]*#/.test(line)) {
      if (free) block.push(at);
      continue;
    }
    if (line.trim() === '') {
      free = true;
      continue;
    }
    if (isPrompt(line)) for (const one of block) remarks.add(one);
    block = [];
    free = false;
  }
  return remarks;
}

/** Where every line has the mark of another shell before it, it is a prompt too. */
function withPrompts(lines: readonly string[]): readonly string[] {
  const mark = /^([ \t]*)[>%❯➜][ \t]+(?=\S)/;
  const full = lines.filter((line) => line.trim() !== '');
  if (full.length === 0 || !full.every((line) => mark.test(line))) return lines;
  return lines.map((line) => line.replace(mark, '$1$ '));
}

function isPrompt(line: string): boolean {
  return prompt.test(line);
}

/** The command that begins in line `first`, and the last line of it. */
function continued(lines: readonly string[], first: number): { readonly command: string; readonly last: number } {
  const start = (lines[first] ?? '').replace(prompt, '');
  let command = start;
  for (let last = first; ; last += 1) {
    const next = lines[last + 1];
    if (!scanShell(command).open && !(next !== undefined && /^[ \t]*>[ \t]/.test(next))) return { command, last };
    // What never ends was an apostrophe, not a quote.
    if (next === undefined || isPrompt(next)) return { command: start, last: first };
    command += `\n${next.replace(/^[ \t]*>[ \t]/, '')}`;
  }
}

/** Commands that destroy what they are given, or take a service away. */
const destructive: readonly RegExp[] = [
  /\brm\s+(?:\S+\s+)*-\w*[rRf]/,
  /\brm\s+-/,
  /\bfind\b[^\n]*\s-delete\b/,
  /\b(?:kubectl|oc|k)\b[^\n|;&]*\s(?:delete|drain|cordon|replace\s+--force|scale\b[^\n|;&]*--replicas[= ]0)\b/,
  /\bhelm\b[^\n|;&]*\s(?:uninstall|delete|rollback)\b/,
  /\b(?:terraform|tofu)\b[^\n|;&]*\sdestroy\b|\bpulumi\s+destroy\b/,
  /\b(?:DROP|TRUNCATE)\s+(?:TABLE|DATABASE|SCHEMA|INDEX|USER|ROLE|VIEW|COLUMN)\b|\bTRUNCATE\s+\w|\bDELETE\s+FROM\b/i,
  /\b(?:dropdb|dropuser|pg_dropcluster|mkfs(?:\.\w+)?|wipefs|shred|fdisk|parted|lvremove|vgremove|pvremove)\b/,
  /\bdd\b[^\n|;&]*\bof=/,
  /\bz(?:pool|fs)\s+destroy\b/,
  /\bgit\b[^\n|;&]*\s(?:push\b[^\n|;&]*(?:--force\b|-f\b|--delete\b|--mirror\b)|reset\s+--hard|clean\s+-\w*f)/,
  /\b(?:docker|podman|nerdctl)\b[^\n|;&]*\s(?:rm|rmi|prune|kill|volume\s+rm|down\b[^\n|;&]*-v)\b/,
  /\baws\b[^\n|;&]*\s(?:delete-|terminate-|deregister-|remove-|purge-|s3\s+(?:rm|rb)\b|rds\s+reboot)/,
  /\b(?:gcloud|az|doctl|heroku|fly|flyctl|eksctl|gsutil|etcdctl|vault|consul|nomad|kafka-topics(?:\.sh)?)\b[^\n|;&]*(?:\s|:|--)(?:delete|destroy|purge|rm|remove|del|reset)\b/,
  /\b(?:shutdown|reboot|poweroff|halt|init\s+[06])\b/,
  /\bsystemctl\b[^\n|;&]*\s(?:stop|disable|mask|kill|isolate|reboot|poweroff)\b|\bservice\s+\S+\s+stop\b/,
  /(?:^|[;&|({]|\b(?:sudo|xargs|then|do|else)\b)[^\S\n]*(?:-\S+[^\S\n]+)*(?:kill|pkill|killall)\b/m,
  /\b(?:userdel|groupdel|deluser|iptables\s+-F|nft\s+flush|crontab\s+-r)\b/,
  /\bredis-cli\b[^\n|;&]*\b(?:FLUSHALL|FLUSHDB|DEL|SHUTDOWN)\b/i,
  /(?:curl|http)\b[^\n|;&]*(?:-X\s*|--request[ =])['"]?DELETE\b/,
  /\bpatronictl\b[^\n|;&]*\s(?:remove|reinit|failover|switchover)\b/,
  /\b(?:aws|gcloud|az|redis-cli|pg_autoctl|vault|nomad|consul)\b[^\n|;&]*[\s-](?:failover|switchover|promote)\b/i,
  /\bpg_ctl(?:cluster)?\b[^\n|;&]*\bpromote\b|\bpg_promote\s*\(|\brepmgr\b[^\n|;&]*\bpromote\b/,
  /\brsync\b[^\n|;&]*\s--del(?:ete\S*)?\b|\bs3\s+(?:sync|mv)\b[^\n|;&]*\s--delete\b|\btruncate\s+-s|\brmdir\b/,
  /\bnpm\s+unpublish\b|\bgit\b[^\n|;&]*\spush\b[^\n|;&]*\s:\S|\bgit\b[^\n|;&]*\s(?:branch\s+-D|filter-branch)\b/,
];

/** What a command only looks for. */
const sought = /\b([ef]?grep|rg|ag|ack|jq)(?:[ \t]+-[\w-]+)*[ \t]+(?:"(?:[^"\\]|\\.){0,1000}"|'[^']{0,1000}')/g;

/** True when `script` holds a command that destroys something or stops it. */
export function isDestructive(script: string): boolean {
  const text = withoutComments(script).replaceAll(sought, '$1');
  return destructive.some((pattern) => pattern.test(text));
}

/** True when a command of `script` goes on until somebody stops it. */
export function neverEnds(script: string): boolean {
  return /(?:^|[;&|]\s*|\bsudo\s+)watch\s|\b(?:logs|tail|journalctl|dmesg)\b[^\n|;&]*\s(?:-\w*[fF]\b|--follow\b(?!=false))|\b(?:kubectl|oc)\b[^\n|;&]*\sget\b[^\n|;&]*\s(?:-w|--watch)\b|\bport-forward\b|\b(?:docker|podman)[- ]compose\b[^\n|;&]*\sup\b(?![^\n|;&]*\s(?:-d|--detach|--wait)\b)/m.test(
    withoutComments(script),
  );
}

/** True when `script` needs somebody at a terminal: an editor, a prompt, a shell that it opens at its end. */
export function needsTerminal(script: string): boolean {
  const text = withoutComments(script);
  const last = text.split('\n').at(-1)?.trim() ?? '';
  return (
    opensShell(last) ||
    /(?:^|[\s;&|(])read\s+(?:-\w+\s+)*-\w*p\b/.test(text) ||
    /(?:^|[;&|(]\s*|\bsudo\s+|EDITOR=\S+\s+)(?:vim?|nano|emacs|less|more|top|htop|visudo|sudoedit|passwd)\b/m.test(
      text,
    ) ||
    /\b(?:kubectl|oc)\b[^\n|;&]*\sedit\b|\bcrontab\s+-e\b|\bEDITOR=|\$\{?EDITOR\b/.test(text) ||
    /\b(?:terraform|tofu)\b[^\n|;&]*\s(?:apply|destroy)\b(?![^\n|;&]*(?:-auto-approve|\s[\w./-]*plan\b))/.test(text) ||
    /\b(?:docker|podman|kubectl|oc)\b[^\n|;&]*\s(?:-it|-ti|-i\s+-t|--tty)\b/.test(text)
  );
}

const saysOutput =
  /\b(?:outputs?|results?|responses?|logs?)\b[^.\n]{0,80}\b(?:should|will|would|must|may|looks?|similar|like|as follows|following)\b|\bsimilar to\b|\blooks? (?:something )?like\b|\bshould (?:see|look|return|print|show|output|produce|get|display|resemble)\b|\b(?:expected|sample|example) (?:outputs?|results?|responses?)\b|\byou(?:'ll| will| should| would)? (?:see|get)\b|\b(?:prints|returns|outputs|responds with|displays)\b[^.\n]{0,60}:\s*$|^\W*outputs?\W*$/i;
const saysRun =
  /\b(?:run|running|execute|executing|use|using|issue|type|enter|commands?|invoke|apply|with|via|by)\b[^.\n]*:?\s*$/i;

/** True when what stands after `prose` is what a command prints: "the output should be", "similar to". */
export function announcesOutput(prose: string): boolean {
  if (!saysOutput.test(prose)) return false;
  const last =
    prose
      .trim()
      .split(/[.!?]\s+/)
      .at(-1) ?? '';
  return saysOutput.test(last) || !saysRun.test(last);
}
