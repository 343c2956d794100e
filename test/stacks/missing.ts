/** Says which programs and Python modules `npm run test:stacks` lacks, with the Debian package of each, and exits 3; else exits 0. */
import { missing } from './programs.ts';

const lacking = missing();
if (lacking.length > 0) {
  const packages = [...new Set(lacking.map(({ brings }) => brings))].join(' ');
  for (const { what, brings } of lacking) console.error(`missing: ${what}, of the Debian package ${brings}`);
  console.error(`hint: apt-get install --no-install-recommends ${packages}`);
  process.exitCode = 3;
}
