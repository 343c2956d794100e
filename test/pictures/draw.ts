/** Draws the screens that the README shows into `.github/screens`: `npm run pictures`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { drawPictures } from './screens.ts';

const folder = new URL('../../.github/screens/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, svg] of await drawPictures()) writeFileSync(new URL(name, folder), svg);
