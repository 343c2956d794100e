/** The pictures of the README are what the screen draws now: after a change of it `npm run pictures` draws them anew. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { svgOf } from './cells-svg.ts';
import { drawPictures } from './screens.ts';

const folder = new URL('../../.github/screens/', import.meta.url);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('each is as the screen draws it, none is left over, and the README shows them all', async () => {
  const pictures = await drawPictures();
  expect(readdirSync(folder).sort()).toEqual([...pictures.keys()].sort());
  const stale = [...pictures].filter(([name, svg]) => readFileSync(new URL(name, folder), 'utf8') !== svg);
  expect(stale.map(([name]) => `${name}: npm run pictures draws it`)).toEqual([]);
  expect([...pictures.keys()].filter((name) => !readme.includes(`.github/screens/${name}`))).toEqual([]);
});

test('a cell keeps its place, its colours and its weight; what is inverse has the colours changed over', async () => {
  const svg = await svgOf(['a\x1b[1;38;5;203mb<\x1b[0m', ' \x1b[7mc\x1b[0m日d'], 6, 'dark', 'cells');
  expect(svg).toContain('<text x="8" y="21" textLength="8">a</text>');
  expect(svg).toContain('<text x="16" y="21" textLength="16" fill="#ff5f5f" font-weight="bold">b&lt;</text>');
  expect(svg).toContain('<rect x="16" y="25" width="8" height="17" fill="#d7dae0"/>');
  expect(svg).toContain('fill="#16181d">c</text>');
  expect(svg).toContain('<text x="24" y="38" textLength="24">日d</text>');
});
