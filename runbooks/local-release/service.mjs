/**
 * The orders service: a small HTTP server on 127.0.0.1 that serves from the release that `current` points to.
 * Started by `control.mjs` as `node service.mjs FOLDER PORT TOKEN`; SIGHUP makes it serve from the present `current`.
 *
 * Invariants:
 * - `service.json` names it only once it listens, and it ends by itself when that file is gone or names another.
 * - A release that does not load leaves the one before it serving.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { read, update, write } from './data.mjs';
import { startTime } from './process.mjs';

const bodyBytesMax = 64 * 1024;
const [folder, port, token] = process.argv.slice(2);
let app = await load();

process.on('SIGHUP', async () => {
  try {
    app = await load();
    console.log(`serving ${app.version}`);
  } catch (error) {
    console.error(`still serving ${app.version}: ${error.message}`);
  }
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));

const server = createServer((request, response) => {
  handle(request).then(
    ([status, body]) => send(response, status, body),
    (error) => send(response, 500, { error: error.message }),
  );
});
server.on('error', (error) => {
  console.error(`cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(port), '127.0.0.1', () => {
  const record = { pid: process.pid, started: startTime(process.pid), token, port: server.address().port };
  write(join(folder, 'service.json'), record);
  console.log(`serving ${app.version} on 127.0.0.1:${record.port}`);
  setInterval(endWhenReplaced, 1000).unref();
});

function load() {
  return import(pathToFileURL(join(realpathSync(join(folder, 'current')), 'app.mjs')).href);
}

async function handle(request) {
  switch (`${request.method} ${request.url}`) {
    case 'GET /health':
      return health();
    case 'GET /version':
      return [200, { version: app.version }];
    case 'GET /orders':
      return listOrders();
    case 'POST /orders':
      return placeOrder(await readBody(request));
    default:
      return [404, { error: `no ${request.method} ${request.url}` }];
  }
}

function health() {
  const data = read(folder);
  const problem = app.problem(data);
  const facts = { version: app.version, schema: data.schema };
  return problem === null ? [200, { status: 'ok', ...facts }] : [503, { status: 'failing', problem, ...facts }];
}

function listOrders() {
  const { orders } = read(folder);
  return [200, { count: orders.length, orders: orders.map((order) => app.present(order)) }];
}

async function placeOrder(text) {
  const { item, quantity, price } = JSON.parse(text);
  if (typeof item !== 'string' || !Number.isInteger(quantity) || !Number.isInteger(price)) {
    return [400, { error: 'an order is {item: text, quantity: integer, price: cents}' }];
  }
  const { orders } = await update(folder, (data) => ({
    ...data,
    orders: [...data.orders, { id: data.orders.length + 1, item, quantity, price }],
  }));
  return [201, app.present(orders.at(-1))];
}

async function readBody(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > bodyBytesMax) throw new Error('the body is too large');
  }
  return text;
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function endWhenReplaced() {
  try {
    if (JSON.parse(readFileSync(join(folder, 'service.json'), 'utf8')).token === token) return;
  } catch {
    // Gone or unreadable: nobody could stop this process any more, so it stops itself.
  }
  process.exit(0);
}
