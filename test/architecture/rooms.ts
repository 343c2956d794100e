/** Reads the table of rooms in `src/README.md`, so that what is written there is what holds. */
import { readFileSync } from 'node:fs';

const map = new URL('../../src/README.md', import.meta.url);

/** Rooms that compute and do nothing else. In the table `pure` stands for those that everybody else may import. */
export const pureRooms: readonly string[] = [
  'diagnostics',
  'runbook',
  'checklist',
  'run',
  'report',
  'authoring',
  'editor',
];

const pureForAll = pureRooms.filter((room) => room !== 'authoring' && room !== 'editor');

/** Room → the other rooms that it may import. Throws when the table is not there or names a room that has no row. */
export function readImportTable(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(map, 'utf8').matchAll(/^\| `([a-z]+)` \|[^|]*\| ([^|]*) \|$/gm);
  const table = new Map(Array.from(rows, ([, room = '', imports = '']) => [room, roomsIn(imports)]));
  if (table.size === 0) throw new Error('src/README.md has no table of rooms');
  for (const room of [...table.values()].flat()) {
    if (!table.has(room)) throw new Error(`src/README.md lets rooms import ${room}, which has no row`);
  }
  return table;
}

function roomsIn(cell: string): readonly string[] {
  if (cell === 'nothing') return [];
  return cell.split(' ').flatMap((room) => (room === 'pure' ? pureForAll : [room]));
}
