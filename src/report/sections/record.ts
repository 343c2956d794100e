/** What the record itself holds: time line, commands, evidence, and how to verify it. */
import { chip, code, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import { assignment } from '../fill.ts';
import { commandOnAny, commandOnHosts, foldHosts, foldInOrder, hostRowsMax, whereOf } from '../fold.ts';
import type { CommandLine, ReportModel, TimelineEntry } from '../model.ts';
import { duration, utc } from '../time.ts';
import { counted } from '../words.ts';

/** So many records of hosts on which nothing went wrong stand in the time line; of more, none do. */
const plainEntriesMax = 60;
/** So many files of a step on hosts stand one by one. */
const evidenceRowsMax = 20;

/** Events in their order, with a drawn time line. */
export function timelineSection({ timeline, outcome }: ReportModel): Section | null {
  const { drawing, entries } = timeline;
  const plain = entries.filter(({ on, tone }) => on !== undefined && (tone === 'good' || tone === 'quiet'));
  const left = new Set(plain.length > plainEntriesMax ? plain : []);
  const shown = entries.filter((entry) => !left.has(entry));
  const said = ({ text, by, tone }: TimelineEntry) => JSON.stringify([text, by, tone]);
  const rows = foldHosts(shown, said, plainEntriesMax).map((folded): readonly Text[] => {
    const { at, step, text, by } = folded.row;
    return [when(at), step === null ? none : [code(whereOf(folded, step))], [text], [by]];
  });
  const without = `Left out here: ${counted(left.size, 'record')} of steps that began and passed on a host. report.json has them.`;
  const pauses = drawing.pauses.length === 0 ? '' : `, ${counted(drawing.pauses.length, 'pause')} drawn short`;
  const description = `From ${utc(drawing.from)} to ${utc(drawing.to)}${pauses}. ${outcome}. The table below holds the same as text.`;
  return section('timeline', 'Timeline', [
    ...some(drawing.lanes, () => ({
      kind: 'drawing',
      drawing,
      title: drawing.byPhase ? 'Time line of the phases' : 'Time line of the steps',
      description,
    })),
    table('Events', ['When', 'Step', 'What', 'By'], rows),
    ...(left.size === 0 ? [] : [{ kind: 'text', text: [without] } as const]),
  ]);
}

/** The commands in the order in which they ran. */
export function commandsSection({ commands }: ReportModel): Section | null {
  if (commands.lines.length === 0) return null;
  const variables = commands.variables.map(({ name, value }) => assignment(name, value));
  const set = new Map<string, string>();
  const said = (line: CommandLine) => JSON.stringify([commandOnAny(line), line.attempt, line.result, line.variables]);
  const lines = foldInOrder(commands.lines, said, hostRowsMax).map((folded) =>
    asPasted({ ...folded.row, step: whereOf(folded, folded.row.step), command: commandOnHosts(folded) }, set),
  );
  const text = [...variables, ...lines].join('\n');
  return section('commands', 'Commands as run', [
    { kind: 'code', language: 'sh', label: 'Commands in the order in which they ran', text },
  ]);
}

/** A command under its comment, after the variables that do not have the values that it saw, by what is `set` so far. */
function asPasted(
  { step, command, attempt, at, result, variables = [] }: CommandLine,
  set: Map<string, string>,
): string {
  const tried = attempt === undefined || attempt === 1 ? '' : `, try ${attempt}`;
  const when = at === undefined ? '' : `, ${utc(at)}`;
  const changed = variables.filter(({ name, value }) => set.get(name) !== value);
  for (const { name, value } of changed) set.set(name, value);
  const heading = `# ${step}${tried}${when}${result === undefined ? '' : `: ${result}`}`;
  return [heading, ...changed.map(({ name, value }) => assignment(name, value)), command].join('\n');
}

/** Files of the run with their digests. */
export function evidenceSection({ evidence }: ReportModel): Section | null {
  const said = ({ incomplete }: ReportModel['evidence'][number]) => String(incomplete);
  const rows = foldHosts(evidence, said, evidenceRowsMax).map((folded): readonly Text[] => {
    const { step, path, sha256, incomplete } = folded.row;
    const { all } = folded;
    const bytes = all.reduce((sum, piece) => sum + piece.bytes, 0);
    return [
      all.length === 1 ? [code(path)] : [`${all.length} files`],
      [code(whereOf(folded, step))],
      [incomplete === true ? `${bytes}, incomplete` : String(bytes)],
      all.length === 1 ? [code(sha256)] : ['each in report.json'],
    ];
  });
  const columns = ['File', 'Step', 'Bytes', 'sha256'];
  return section(
    'evidence',
    'Evidence',
    some(rows, () => table('Files in the folder of the run', columns, rows)),
  );
}

/** What the document had done when the run came to a state; it decided nothing. */
export function hooksSection({ hooks = [] }: ReportModel): Section | null {
  const rows = hooks.map(({ on, id, title, at, status, exit, httpStatus, ms, reason }): readonly Text[] => [
    [on],
    title === id ? [code(id)] : [code(id), ' ', title],
    when(at),
    [chip(status)],
    [
      exit !== null ? `exit ${exit}` : httpStatus !== null ? `HTTP ${httpStatus}` : '',
      ms === null ? '' : ` in ${duration(ms)}`,
    ],
    reason === null ? none : [reason],
  ]);
  const columns = ['When the run was', 'Hook', 'At', 'Result', 'Came to', 'Why'];
  return section(
    'hooks',
    'Hooks',
    some(rows, () => table('Told and done at a state of the run', columns, rows)),
  );
}

/** How anybody checks this report. */
export function verifySection({ run, head }: ReportModel): Section {
  const headLine = `${run} ${head.seq} ${head.sha256}`;
  const commands = [
    `gonogo verify ${run} --head '${headLine}'`,
    'gonogo verify FOLDER --allowed-signers FILE',
    'ssh-keygen -Y verify -f FILE -I PRINCIPAL -n gonogo-report -s statement.json.sig < statement.json',
  ];
  return {
    id: 'verify',
    title: 'How to verify',
    blocks: [
      {
        kind: 'text',
        text: [
          'This report is rendered from the journal of the run, a chain of hashes. Its head line is ',
          code(headLine),
          '. A head line that was posted elsewhere while the run went on must belong to the same chain.',
        ],
      },
      { kind: 'code', language: 'sh', label: 'With gonogo, or with ssh-keygen alone', text: commands.join('\n') },
      {
        kind: 'text',
        text: [
          'If the report was signed, ',
          code('statement.json'),
          ' beside it names the sha256 of every file of the report; FILE lists the signers whom you trust.',
          ' What is proven is what was recorded under these keys, not that the machine was honest.',
        ],
      },
    ],
    parts: [],
  };
}
