// `node sql.mjs FILE STATEMENT` runs one statement and prints its rows, as `sqlite3 FILE STATEMENT` does.
import { DatabaseSync } from 'node:sqlite';

const [file, statement] = process.argv.slice(2);
for (const row of new DatabaseSync(file).prepare(statement).all()) console.log(Object.values(row).join('|'));
