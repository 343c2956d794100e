/** Orders v1.2.0: totals in several currencies. It needs a table of rates, which nobody shipped with it. */
import { existsSync } from 'node:fs';

export const version = 'v1.2.0';
export const schema = 3;

const rates = new URL('./rates.json', import.meta.url);

export function problem(data) {
  if (data.schema < schema) return `the data has schema ${data.schema}, this version needs ${schema}`;
  return existsSync(rates) ? null : 'the release has no rates.json: no order can be priced';
}

export function present({ id, item, quantity, price, total = quantity * price, currency = 'EUR' }) {
  return { id, item, quantity, price, total, currency };
}
