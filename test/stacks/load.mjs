/**
 * Asks ADDRESS constantly: `node load.mjs ADDRESS`. Every fourth request places an order. At SIGTERM it waits for what is under way and
 * prints `{ requests, failed, placed, reasons }` as JSON; failed is what was refused, cut off, late or answered with a 5xx.
 */
import { Agent, request } from 'node:http';

const [, , address = ''] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const told = { requests: 0, failed: 0, placed: 0, reasons: {} };
let underWay = 0;
let ends = false;

function failed(reason) {
  told.failed++;
  told.reasons[reason] = (told.reasons[reason] ?? 0) + 1;
}

function ask() {
  const number = told.requests++;
  const method = number % 4 === 3 ? 'POST' : 'GET';
  underWay++;
  const asked = request(`${address}/orders/`, { method, agent, timeout: 10_000 }, (answer) => {
    answer.resume();
    answer.on('end', () => {
      if (answer.statusCode >= 500) failed(`${method} ${answer.statusCode}`);
      if (answer.statusCode === 201) told.placed++;
      over();
    });
  });
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    underWay--;
    if (ends && underWay === 0) tell();
  };
  asked.on('timeout', () => asked.destroy(new Error('no answer in 10 s')));
  asked.on('error', (error) => {
    failed(`${method} ${error.code ?? error.message}`);
    over();
  });
  asked.end(method === 'POST' ? `item ${number}` : undefined);
}

function tell() {
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

const ticking = setInterval(() => {
  // A service that stands still is not flooded.
  if (underWay < 8) ask();
}, 25);
process.on('SIGTERM', () => {
  clearInterval(ticking);
  ends = true;
  if (underWay === 0) tell();
});
